import { toBigInt } from "./big-integer.ts";
import { equalBytes, fromHex, utf8 } from "./bytes.ts";
import { bigintRsaKey } from "./rsa-bigint.ts";

/** A key of 1,024 bits and what OpenSSL encrypted to it: enough to notice a BigInt that miscounts, and quick. */
const P =
  "ff0033997a8032386218a6a861c667aa9de0eeadf45ca0ebf00dc418438cd806e10574289190cae948718a50dfb0e2110ae9db3c7ea797" +
  "dd1810903787003977";
const Q =
  "d79409a5c6b3602c530a0440b58b283dc6d081d0e163bb800acbb0ecfa7295f648b64b13cdbee03e1bba2d01f22cb28063170447e0fc5d" +
  "be896a81d79a7ca883";
const CIPHERTEXT =
  "42231329ed2df253ef387af6c871f3f8b5fa86ab5d7915db7bbe6075846686443eb238b84fb4129091717fa563c75116182e6fdc067200" +
  "44dfb1b0fa33b9958bccc7eb73a1cdd89d57b20181b347f7a1f352fb2851073d6a8e59152360a34e60c718f448eb8b43d8f12ba0934d41" +
  "3790c09086175a17bed5635dc62a9bee12ea";
const PLAINTEXT = utf8("IMSC/1 self-test");

/** Does RSA on this browser's BigInt give the right answer? */
export async function rsaSelfTest(): Promise<boolean> {
  const key = bigintRsaKey({ p: toBigInt(fromHex(P)), q: toBigInt(fromHex(Q)) });
  return equalBytes(await key.decrypt(fromHex(CIPHERTEXT)), PLAINTEXT);
}
