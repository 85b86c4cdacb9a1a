import type { Random } from "@parley/protocol";
import type { ClientSocket, SocketEvents } from "@parley/protocol/client";
import { SUBPROTOCOL_SEALED } from "@parley/protocol/secure";
import type { Wire } from "../../src/gateway/wire.ts";
import { PASSWORD } from "../_util/person.ts";
import type { SimulatedProcess } from "../_util/virtual-time.ts";
import { between, type World } from "./world.ts";

/** What a node offers to a link. */
export interface Acceptor {
  readonly process: SimulatedProcess;
  accept(wire: Wire): Accepted;
}

export interface Accepted {
  received(frame: Uint8Array, binary: boolean): void;
  drained(): void;
  disconnected(): void;
}

const LOST = 1006;
const CLOSING_MS = 10;
/** What the kernel and the stream hold before a socket counts as blocked. */
const HELD_BY_SOCKET_BYTES = 4 * 1024;
/** No more may wait for a client that does not read: pushes end far below, and replies by what may be asked at once (S7). */
const UNSENT_MAX_BYTES = 8 * 1024 * 1024;

/**
 * One TCP connection. It keeps the order in each direction, may be slow, may be gone without either side knowing yet,
 * may swallow all of one direction, and its client may not read for a while.
 */
export class SimulatedLink {
  readonly #world: World;
  readonly #where: string;
  readonly #way: Random;
  readonly #events: SocketEvents;
  readonly #client: SimulatedProcess;
  #acceptor: Acceptor | null = null;
  #server: Accepted | null = null;
  #cut = false;
  readonly #deaf = { server: false, client: false };
  #toServerAt = 0;
  #toClientAt = 0;
  /** Frames for a client that does not read. */
  #held: Uint8Array[] = [];
  #clogged = false;
  #unsentBytes = 0;
  #drainedBytes = 0;

  constructor(world: World, where: string, events: SocketEvents, client: SimulatedProcess) {
    this.#world = world;
    this.#where = where;
    this.#way = world.chance.of(`way of frames, ${where}`);
    this.#events = events;
    this.#client = client;
  }

  /** `acceptor` is null when nobody listens. */
  dial(acceptor: Acceptor | null): ClientSocket {
    this.#acceptor = acceptor;
    this.#towardsClient(() => {
      if (acceptor === null || acceptor.process.crashed) {
        this.#cut = true;
        this.#events.closed(LOST, "");
        return;
      }
      acceptor.process.reach(() => {
        this.#server = acceptor.accept(this.#wire());
        this.#towardsClient(() => this.#events.opened(SUBPROTOCOL_SEALED));
      });
    });
    return {
      send: (bytes) => {
        const frame = Uint8Array.from(bytes);
        this.#assertSealed(frame);
        if (this.#world.faults.strike("frame cuts the link", this.#where)) return this.cut();
        if (this.#world.faults.strike("link half open", `${this.#where}, to the server`)) this.#deaf.server = true;
        this.#towardsServer(() => this.#server?.received(frame, true));
      },
      close: (code, reason) => this.#closedByClient(code, reason),
    };
  }

  get open(): boolean {
    return !this.#cut && this.#server !== null;
  }

  /** The line is gone: nothing in flight arrives, and each side learns of it later. */
  cut(): void {
    if (this.#cut) return;
    this.#cut = true;
    const tell = (process: SimulatedProcess | undefined, told: () => void) =>
      this.#world.time.after(between(this.#way, 0, 3_000), () => process?.reach(told));
    tell(this.#client, () => this.#events.closed(LOST, ""));
    tell(this.#acceptor?.process, () => this.#server?.disconnected());
  }

  /** The client's machine takes nothing for so long; what it sends still arrives. */
  clog(forMs: number): void {
    this.#clogged = true;
    this.#world.time.after(forMs, () => {
      this.#clogged = false;
      const held = this.#held;
      this.#held = [];
      this.#unsentBytes = 0;
      for (const frame of held) this.#carryToClient(frame);
      if (held.length > 0) this.#acceptor?.process.reach(() => this.#server?.drained());
    });
  }

  #wire(): Wire {
    const link = this;
    return {
      send: (bytes) => {
        const frame = Uint8Array.from(bytes);
        this.#assertSealed(frame);
        if (this.#world.faults.strike("frame cuts the link", this.#where)) return this.cut();
        if (this.#world.faults.strike("link half open", `${this.#where}, to the client`)) this.#deaf.client = true;
        if (!this.#clogged) return this.#carryToClient(frame);
        this.#held.push(frame);
        this.#unsentBytes += frame.length;
        this.#world.object(
          this.#unsentBytes < UNSENT_MAX_BYTES,
          () => `[S7] ${this.#unsentBytes} bytes wait for ${this.#where}`,
        );
      },
      pong() {},
      cork() {},
      uncork() {},
      get unsentBytes() {
        return link.#unsentBytes;
      },
      get blocked() {
        return link.#unsentBytes > HELD_BY_SOCKET_BYTES;
      },
      get drainMark() {
        return link.#drainedBytes;
      },
      pause() {},
      resume() {},
      close: (code, reason) => this.#closedByServer(code, reason),
      destroy: () => this.cut(),
    };
  }

  /** Nothing that anybody could read (S10): the handshake of a client that dials plain TCP seals everything else. */
  #assertSealed(frame: Uint8Array): void {
    this.#world.object(!Buffer.from(frame).includes(PASSWORD), () => `[S10] the password is legible on ${this.#where}`);
  }

  #carryToClient(frame: Uint8Array): void {
    this.#towardsClient(() => {
      this.#drainedBytes += frame.length;
      this.#events.received(frame);
    });
  }

  /** Whoever closes is told soon, also by a line that swallows everything. */
  #closedByClient(code: number, reason: string): void {
    if (this.#cut) return;
    this.#towardsServer(() => this.#server?.disconnected());
    this.#world.time.after(CLOSING_MS, () => {
      if (this.#cut) return;
      this.#cut = true;
      this.#client.reach(() => this.#events.closed(code, reason));
    });
  }

  #closedByServer(code: number, reason: string): void {
    if (this.#cut) return;
    this.#towardsClient(() => {
      this.#cut = true;
      this.#events.closed(code, reason);
    });
    this.#world.time.after(CLOSING_MS, () => this.#acceptor?.process.reach(() => this.#server?.disconnected()));
  }

  #towardsServer(arrive: () => void): void {
    this.#toServerAt = this.#carry(this.#toServerAt, () => {
      if (!this.#deaf.server) this.#acceptor?.process.reach(() => this.#cut || arrive());
    });
  }

  #towardsClient(arrive: () => void): void {
    this.#toClientAt = this.#carry(this.#toClientAt, () => {
      if (!this.#deaf.client) this.#client.reach(() => this.#cut || arrive());
    });
  }

  #carry(lastAt: number, arrive: () => void): number {
    const { time, faults } = this.#world;
    const now = time.monotonic();
    const late = faults.strike("frame late", this.#where);
    const at = Math.max(lastAt, now + (late ? between(late, 5, 1_000) : between(this.#way, 1, 5)));
    time.after(at - now, () => {
      if (!this.#cut) arrive();
    });
    return at;
  }
}
