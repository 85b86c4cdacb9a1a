import { nodeCrypto } from "@parley/protocol/crypto-node";
import { ClientChannel, type KemName } from "@parley/protocol/secure";
import { systemClock, systemRandom } from "../../src/platform.ts";
import { type Flood, lanes } from "./flood.ts";
import { closeOf, openSocket } from "./raw-socket.ts";

const LANES = 32;
/** Octet 0 of the frame. */
const SERVER_HELLO = 0x02;

/** CLIENT_HELLO as the client library says it. */
async function clientHello(kem: KemName): Promise<Uint8Array> {
  const share = await nodeCrypto.generateShare(kem);
  return new Promise((send) => {
    const names = { clientInfo: "flood", transport: "plain", maxMessage: 1024 } as const;
    const parts = { crypto: nodeCrypto, random: systemRandom, clock: systemClock };
    const channel = new ClientChannel(
      { ...parts, ...names, share, pin: null, ticket: null },
      { send, event: () => {} },
    );
    channel.start();
  });
}

/** The same hello over and over: all the work is the server's. */
export function handshakes(kem: KemName): Flood {
  return async (target, outcomes, until) => {
    const hello = await clientHello(kem);
    await lanes(LANES, until, async () => {
      const { socket, status } = await openSocket(target);
      if (socket === null) return outcomes.add(status);
      const closed = closeOf(socket, until);
      let answered = false;
      socket.on("message", (frame: Buffer) => {
        // Else it is the alert that comes before the close.
        if (frame[0] !== SERVER_HELLO) return;
        answered = true;
        socket.terminate();
      });
      socket.send(hello);
      const code = await closed;
      if (!until.aborted) outcomes.add(answered ? "answered" : code);
    });
  };
}
