import { connect } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import { type Flood, type FloodTarget, lanes } from "./flood.ts";
import { closeOf, openSocket } from "./raw-socket.ts";

/** More than one address gets: some are refused, whatever the others do. */
const SOCKETS = 640;
const PLAIN_SOCKETS = 1_200;
/** Who is refused comes again after this: it is the sockets that are held which cost, and whoever makes the load has a core, too. */
const AGAIN_MS = 250;

/** Opens a socket, says so much, and waits for what the server does about it: the status, "cut" or "refused". */
function hold({ url, from }: FloodTarget, first: string, until: AbortSignal): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    const socket = connect({ host: hostname, port: Number(port), localAddress: from });
    let answer = "";
    const cut = () => socket.destroy();
    until.addEventListener("abort", cut, { once: true });
    socket.on("connect", () => socket.write(first));
    socket.on("data", (chunk: Buffer) => {
      answer += chunk.toString("latin1");
    });
    socket.on("error", () => {});
    socket.on("close", () => {
      until.removeEventListener("abort", cut);
      resolve(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1] ?? "cut");
    });
    if (until.aborted) cut();
  });
}

const slowly =
  (first: string): Flood =>
  (target, outcomes, until) =>
    lanes(PLAIN_SOCKETS, until, async () => {
      const outcome = await hold(target, first, until);
      if (until.aborted) return;
      outcomes.add(outcome);
      if (outcome === "cut") await wait(AGAIN_MS);
    });

/** Headers that never end. */
export const slowHeaders = slowly("POST /api/node.info HTTP/1.1\r\nhost: localhost\r\nx-slow: ");
/** A body of which most never comes. */
export const slowBodies = slowly(
  "POST /api/node.info HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 100000\r\n\r\n{",
);

const sockets =
  (say: (socket: { send(data: Uint8Array): void }, raw: (bytes: Uint8Array) => void) => void): Flood =>
  (target, outcomes, until) =>
    lanes(SOCKETS, until, async () => {
      const { socket, status } = await openSocket(target);
      if (socket === null) {
        outcomes.add(status);
        return wait(AGAIN_MS);
      }
      const closed = closeOf(socket, until);
      const { _socket: stream } = socket as unknown as { _socket: { write(bytes: Uint8Array): void } };
      say(socket, (bytes) => stream.write(bytes));
      const code = await closed;
      if (!until.aborted) outcomes.add(code);
    });

/** Sockets that never say hello. */
export const silentSockets = sockets(() => {});
/** A frame of 60,000 bytes, masked, of which ten come. */
export const halfFrames = sockets((_socket, raw) => {
  raw(Buffer.concat([Buffer.of(0x82, 0xfe, 0xea, 0x60, 1, 2, 3, 4), Buffer.alloc(10)]));
});
