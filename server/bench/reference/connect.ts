import { createHmac, randomBytes } from "node:crypto";
import { type RawData, WebSocket } from "ws";
import { Talker } from "../load/talker.ts";
import type { Tally } from "../load/tally.ts";
import { HELLO_TOKEN, HELLO_X25519, NONCE_BYTES, TOKEN_SECRET, USER_VERIFIER } from "./hello.ts";
import { Sealed, x25519Pair, x25519Secret } from "./sealed.ts";

/** Connects and signs in: by a token that the server's session confirms, or cold by X25519 and a proof of the password. */
export function connectReference(
  url: string,
  user: string,
  how: "resumed" | "cold",
  tally: Tally,
  localAddress?: string,
): Promise<Talker> {
  return new Promise((resolve, reject) => {
    const talker = new Talker(tally);
    const socket = new WebSocket(url, { perMessageDeflate: false, ...(localAddress ? { localAddress } : {}) });
    const nonce = randomBytes(NONCE_BYTES);
    const pair = how === "cold" ? x25519Pair() : null;
    let sealed: Sealed | null = null;

    const agreed = (hello: Buffer): Sealed => {
      const secret = pair === null ? TOKEN_SECRET : x25519Secret(pair, hello.subarray(NONCE_BYTES));
      return new Sealed(secret, Buffer.concat([nonce, hello.subarray(0, NONCE_BYTES)]), "client");
    };
    const signIn = (channel: Sealed): Promise<unknown> => {
      talker.attach({
        sendText: (text) => socket.send(channel.seal(Buffer.from(text))),
        deafen: () => socket.removeAllListeners("message"),
        close: () => socket.close(),
      });
      if (pair === null) return talker.request("auth.resume", { token: `token-${user}` });
      const proof = createHmac("sha256", USER_VERIFIER).update(channel.binding).digest("base64url");
      return talker.request("auth.cold", { user, proof });
    };
    socket.on("open", () => {
      const kind = Buffer.from([pair === null ? HELLO_TOKEN : HELLO_X25519]);
      socket.send(Buffer.concat([kind, nonce, pair?.publicBytes ?? Buffer.alloc(0)]));
    });
    socket.on("message", (data: RawData) => {
      if (sealed !== null) return talker.receive(sealed.open(data as Buffer).toString());
      sealed = agreed(data as Buffer);
      signIn(sealed).then(() => resolve(talker), reject);
    });
    socket.on("close", (code, reason) => {
      talker.ended(`${code} ${reason.toString()}`);
      reject(new Error(`reference closed with ${code} ${reason.toString()}`));
    });
    socket.on("error", reject);
  });
}
