import { createSocket } from "node:dgram";
import { lookup } from "node:dns/promises";
import { connect as connectTcp, isIP, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import type { TurnUrl } from "../turn-url.ts";
import { HEADER_BYTES, hasCookie } from "./message.ts";
import { TurnProblem, type TurnProblemKind } from "./problem.ts";

export interface Transport {
  /** Whether what is sent arrives; where it may not, it is sent again. */
  readonly reliable: boolean;
  /** The other side's. */
  readonly address: string;
  send(bytes: Buffer): void;
  close(): void;
}

export interface TransportEvents {
  /** One whole message. */
  message(bytes: Buffer): void;
  /** The end; never after `close()`. */
  failed(problem: TurnProblem): void;
}

export interface TransportOptions {
  readonly patienceMs: number;
  /** PEM of an authority that is trusted besides those of Node. */
  readonly ca?: string | undefined;
}

/** Resolves when messages can be sent. A URL without a transport means UDP, with TLS it means TCP. */
export async function openTransport(
  url: TurnUrl,
  events: TransportEvents,
  options: TransportOptions,
): Promise<Transport> {
  const address = await resolve(url.host);
  return url.secure || url.transport === "tcp"
    ? openStream(url, address, events, options)
    : openDatagrams(url, address, events);
}

async function resolve(host: string): Promise<string> {
  if (isIP(host) !== 0) return host;
  try {
    return (await lookup(host)).address;
  } catch (error) {
    throw new TurnProblem("unknown-host", (error as Error).message);
  }
}

async function openDatagrams({ port }: TurnUrl, address: string, events: TransportEvents): Promise<Transport> {
  const socket = createSocket(isIP(address) === 6 ? "udp6" : "udp4");
  let closed = false;
  await new Promise<void>((resolve, reject) => {
    socket.once("error", (error) => reject(new TurnProblem("no-answer", error.message)));
    // Connected: other senders are not heard, and "nothing listens there" comes back as an error.
    socket.connect(port, address, resolve);
  }).catch((error: unknown) => {
    socket.close();
    throw error;
  });
  socket.removeAllListeners("error");
  const fail = (error: Error) => {
    if (closed) return;
    const kind = (error as NodeJS.ErrnoException).code === "ECONNREFUSED" ? "port-closed" : "no-answer";
    events.failed(new TurnProblem(kind, error.message));
  };
  socket.on("error", fail);
  socket.on("message", (bytes) => events.message(bytes));
  return {
    reliable: false,
    address,
    send: (bytes) => socket.send(bytes, (error) => error !== null && fail(error)),
    close() {
      if (closed) return;
      closed = true;
      socket.close();
    },
  };
}

async function openStream(
  { secure, host, port }: TurnUrl,
  address: string,
  events: TransportEvents,
  { patienceMs, ca }: TransportOptions,
): Promise<Transport> {
  const servername = isIP(host) === 0 ? { servername: host } : {};
  const socket: Socket = secure
    ? connectTls({ host: address, port, ...servername, ...(ca === undefined ? {} : { ca }) })
    : connectTcp({ host: address, port, noDelay: true });
  let connected = false;
  let closed = false;
  socket.once("connect", () => {
    connected = true;
  });
  await new Promise<void>((resolve, reject) => {
    const late = setTimeout(() => reject(new TurnProblem("no-answer", "Not connected in time.")), patienceMs);
    const done = (problem?: TurnProblem) => {
      clearTimeout(late);
      if (problem === undefined) resolve();
      else reject(problem);
    };
    socket.once(secure ? "secureConnect" : "connect", () => done());
    socket.once("error", (error) => done(problemOf(error, connected)));
    socket.once("close", () => done(new TurnProblem("closed", "The connection was closed.")));
  }).catch((error: unknown) => {
    socket.on("error", () => {});
    socket.destroy();
    throw error;
  });
  socket.removeAllListeners("error").removeAllListeners("close");
  const fail = (kind: TurnProblemKind, message: string) => {
    if (!closed) events.failed(new TurnProblem(kind, message));
  };
  socket.on("error", (error) => fail("closed", error.message));
  socket.on("close", () => fail("closed", "The connection was closed."));
  let rest: Buffer = Buffer.alloc(0);
  socket.on("data", (chunk: Buffer) => {
    // Never more than one message, whose length has 16 bits, and a chunk.
    rest = Buffer.concat([rest, chunk]);
    while (rest.length >= HEADER_BYTES) {
      if (!hasCookie(rest)) {
        fail("not-turn", "What came back is no STUN message.");
        return void socket.destroy();
      }
      const end = HEADER_BYTES + rest.readUInt16BE(2);
      if (rest.length < end) return;
      const message = rest.subarray(0, end);
      rest = rest.subarray(end);
      events.message(message);
    }
  });
  return {
    reliable: true,
    address,
    send: (bytes) => void socket.write(bytes),
    close() {
      if (closed) return;
      closed = true;
      socket.destroy();
    },
  };
}

function problemOf(error: NodeJS.ErrnoException, connected: boolean): TurnProblem {
  if (connected) return new TurnProblem("tls", error.message);
  return new TurnProblem(error.code === "ECONNREFUSED" ? "port-closed" : "no-answer", error.message);
}
