import { randomBytes } from "node:crypto";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { isIPv6 } from "node:net";
import type { Endpoint } from "./message.ts";
import { TurnProblem } from "./problem.ts";
import type { TurnClient } from "./turn-client.ts";

/** A lost packet is sent again after this long. */
const AGAIN_MS = 300;

/**
 * Plays the other side of a call, who has no relay: a packet from an ordinary socket to the relay's port, and one back. The client
 * has to permit this machine's address.
 */
export async function sendFromOutside(client: TurnClient, relayed: Endpoint, patienceMs: number): Promise<void> {
  const socket = createSocket(isIPv6(relayed.address) ? "udp6" : "udp4");
  // A network that cannot be reached shows in that nothing comes.
  socket.on("error", () => {});
  const data = randomBytes(32);
  const send = () => socket.send(data, relayed.port, relayed.address, () => {});
  const again = setInterval(send, AGAIN_MS);
  const patience = AbortSignal.timeout(patienceMs);
  try {
    send();
    let from: Endpoint | undefined;
    while (from === undefined) {
      const received = await client.receive();
      if (received.data.equals(data)) from = received.from;
    }
    const back = once(socket, "message", { signal: patience });
    client.send(from, data);
    const [bytes] = (await back) as [Buffer];
    if (!bytes.equals(data)) throw new TurnProblem("not-turn", "Another packet came back.");
  } catch (error) {
    if (patience.aborted) throw new TurnProblem("no-answer", "No packet came back in time.");
    throw error;
  } finally {
    clearInterval(again);
    socket.close();
  }
}
