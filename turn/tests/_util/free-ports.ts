import { randomInt } from "node:crypto";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createServer } from "node:net";

/** Below the ports that systems give away by themselves, so that no client's port is among them. */
const RELAY_PORTS = { from: 20_000, to: 32_000 };

/** Free for TCP and for UDP, on loopback. */
export async function freePort(): Promise<number> {
  for (;;) {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as { port: number };
    const socket = createSocket("udp4");
    const free = await new Promise<boolean>((resolve) => {
      socket.once("error", () => resolve(false));
      socket.bind(port, "127.0.0.1", () => resolve(true));
    });
    socket.close();
    server.close();
    await once(server, "close");
    if (free) return port;
  }
}

/** For relayed packets; coturn passes over those that are taken. */
export function relayPorts(count: number): [first: number, last: number] {
  const first = randomInt(RELAY_PORTS.from, RELAY_PORTS.to - count);
  return [first, first + count - 1];
}
