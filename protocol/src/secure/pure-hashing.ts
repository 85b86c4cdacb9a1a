import { hmac } from "@noble/hashes/hmac.js";
import { sha256 } from "@noble/hashes/sha2.js";
import type { Hashing } from "./crypto.ts";

/** Also used beside WebCrypto, whose hashes answer with promises: a handshake hashes some 5 KB in all. */
export const pureHashing: Hashing = {
  sha256: (data) => sha256(data),
  hmac: (key, data) => hmac(sha256, key, data),
};
