import type { Clock, Random } from "@parley/protocol";
import { nodeCrypto } from "@parley/protocol/crypto-node";
import { ClientChannel, type KemName, type Pin, type StoredTicket, SUBPROTOCOL_SEALED } from "@parley/protocol/secure";
import { type RawData, WebSocket } from "ws";
import { systemClock, systemRandom } from "../../src/platform.ts";
import { Talker } from "../load/talker.ts";
import type { Tally } from "../load/tally.ts";
import { reusedShare } from "./reused-share.ts";

const clock: Clock = systemClock;
const random: Random = systemRandom;
const MAX_MESSAGE = 1024 * 1024;

export interface Dialled {
  readonly talker: Talker;
  /** 32 bytes that name the channel, for SCRAM. */
  readonly binding: Uint8Array;
  /** The ticket's session is signed in. */
  readonly resumed: boolean;
  readonly pin: Pin;
}

export interface DialOptions {
  readonly url: string;
  readonly kem: KemName;
  readonly tally: Tally;
  readonly pin: Pin | null;
  readonly ticket: StoredTicket | null;
  /** Tickets that the server hands out. */
  readonly onTicket?: (ticket: StoredTicket) => void;
  /** One of this machine's addresses. */
  readonly from?: string;
}

/** Connects to Parley through the very channel of the client library, and nothing else of it. */
export async function dial({ url, kem, tally, pin, ticket, onTicket, from }: DialOptions): Promise<Dialled> {
  const share = await reusedShare(kem);
  return new Promise((resolve, reject) => {
    const talker = new Talker(tally);
    const options = { perMessageDeflate: false, ...(from === undefined ? {} : { localAddress: from }) };
    const socket = new WebSocket(url, [SUBPROTOCOL_SEALED], options);
    const channel = new ClientChannel(
      {
        crypto: nodeCrypto,
        random,
        clock,
        transport: "plain",
        share,
        pin,
        ticket,
        clientInfo: "bench",
        maxMessage: MAX_MESSAGE,
      },
      {
        send: (frame) => socket.send(frame),
        event: (event) => {
          switch (event.type) {
            case "open": {
              if (event.identity === null) return reject(new Error("a sealed channel has an identity"));
              const { fingerprint } = event.identity;
              const met = { firstSeenAt: 0, verified: false, tlsSeen: false, requireImsc: false };
              const { binding, ready } = event;
              return resolve({ talker, binding, resumed: ready.resumed, pin: pin ?? { ...met, fingerprint } });
            }
            case "text":
              return talker.receive(event.text);
            case "ticket":
              return onTicket?.(event.ticket);
            case "failed":
            case "closed":
              socket.close(4000);
              return talker.ended(`${event.reason}: ${event.detail}`);
            default:
          }
        },
      },
    );
    const receive = (data: RawData) => channel.receive(data as Buffer);
    talker.attach({
      sendText: (text) => channel.sendText(text),
      deafen: () => socket.off("message", receive),
      close: () => channel.close("normal"),
    });
    socket.on("open", () => channel.start());
    socket.on("message", receive);
    socket.on("close", (code, reason) => {
      talker.ended(`${code} ${reason.toString()}`);
      reject(new Error(`Parley closed with ${code} ${reason.toString()}`));
    });
    socket.on("error", reject);
  });
}
