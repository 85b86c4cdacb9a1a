import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createServer, connect as dial, type Server, type Socket } from "node:net";

/**
 * What happens to a chunk on its way: it passes as it is or changed, it is lost with its connection, it waits for ever, or it
 * waits for a time, and all that follows with it.
 */
export type Fault = { readonly pass: Buffer } | { readonly hold: Promise<void> } | "cut" | "stall";

export type Direction = "toServer" | "toClient";

export interface FaultProxyOptions {
  readonly targetPort: number;
  /** Asked for each chunk of each connection; passes everything when absent. */
  readonly fault?: (chunk: Buffer, direction: Direction) => Fault;
  /** Keeps every byte that crossed, up to `RECORD_MAX_BYTES`. */
  readonly record?: boolean;
}

interface Lane {
  readonly from: Socket;
  readonly to: Socket;
  readonly direction: Direction;
  readonly record: Record<Direction, Buffer[]>;
  readonly drop: () => void;
  readonly isSilent: () => boolean;
}

const RECORD_MAX_BYTES = 64 * 1024 * 1024;

/** A TCP hop on loopback that a test controls: it listens in, cuts, stalls and alters what crosses it. */
export class FaultProxy {
  private readonly recorded: Record<Direction, Buffer[]>[] = [];
  /** Connections accepted so far. */
  accepted = 0;
  private readonly server: Server;
  private readonly options: FaultProxyOptions;
  private readonly pairs = new Set<readonly [Socket, Socket]>();
  /** Of these nothing passes any more. */
  private readonly silent = new WeakSet<readonly [Socket, Socket]>();
  private recordedBytes = 0;
  private targetPort: number;

  private constructor(options: FaultProxyOptions) {
    this.options = options;
    this.targetPort = options.targetPort;
    this.server = createServer((client) => this.join(client));
  }

  static async open(options: FaultProxyOptions): Promise<FaultProxy> {
    const proxy = new FaultProxy(options);
    proxy.server.listen(0, "127.0.0.1");
    await once(proxy.server, "listening");
    return proxy;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** Later connections go to another server, such as the same one after its restart. */
  retarget(port: number): void {
    this.targetPort = port;
  }

  /** Ends every connection at once, without a farewell. */
  cutAll(): void {
    for (const [client, server] of this.pairs) {
      reset(client);
      reset(server);
    }
  }

  /** The lines that are open carry nothing any more, either way, and nobody is told, not even when one side gives up. */
  silenceAll(): void {
    for (const pair of this.pairs) {
      this.silent.add(pair);
      for (const socket of pair) socket.pause();
    }
  }

  /** How many lines are open here, silent ones included. */
  get open(): number {
    return this.pairs.size;
  }

  /** All bytes of one direction, one piece a connection. */
  recordings(direction: Direction): Buffer[] {
    return this.recorded.map((connection) => Buffer.concat(connection[direction]));
  }

  async close(): Promise<void> {
    this.cutAll();
    this.server.close();
    await once(this.server, "close");
  }

  private join(client: Socket): void {
    this.accepted++;
    const server = dial(this.targetPort, "127.0.0.1");
    const pair = [client, server] as const;
    this.pairs.add(pair);
    const isSilent = () => this.silent.has(pair);
    const drop = () => {
      if (isSilent()) return;
      this.pairs.delete(pair);
      client.destroy();
      server.destroy();
    };
    for (const socket of pair) {
      socket.setNoDelay(true);
      socket.on("error", drop);
      socket.on("close", drop);
    }
    const record = { toServer: [], toClient: [] };
    if (this.options.record) this.recorded.push(record);
    this.carry({ from: client, to: server, direction: "toServer", record, drop, isSilent });
    this.carry({ from: server, to: client, direction: "toClient", record, drop, isSilent });
  }

  private carry({ from, to, direction, record, drop, isSilent }: Lane): void {
    from.on("data", (chunk: Buffer) => {
      if (isSilent()) {
        from.pause();
        return;
      }
      const fault = this.options.fault?.(chunk, direction) ?? { pass: chunk };
      if (fault === "cut") return drop();
      if (fault === "stall") {
        from.pause();
        return;
      }
      if ("hold" in fault) {
        from.pause();
        void fault.hold.then(() => {
          if (!to.destroyed) to.write(chunk);
          from.resume();
        });
        return;
      }
      if (this.options.record && this.recordedBytes < RECORD_MAX_BYTES) {
        record[direction].push(fault.pass);
        this.recordedBytes += fault.pass.length;
      }
      if (!to.write(fault.pass)) {
        from.pause();
        to.once("drain", () => from.resume());
      }
    });
    from.on("end", () => {
      if (!isSilent()) to.end();
    });
  }
}

/**
 * A socket that is just ending cannot be reset any more: Node 20 forgets its handle and then never ends, busy, when the
 * process wants to.
 */
function reset(socket: Socket): void {
  if (socket.writableEnded) socket.destroy();
  else socket.resetAndDestroy();
}
