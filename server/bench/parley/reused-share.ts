import { nodeCrypto } from "@parley/protocol/crypto-node";
import type { EphemeralShare, KemName } from "@parley/protocol/secure";

/**
 * An RSA key costs a device some 100 ms once, before it opens its first connection. A generator that is a thousand
 * devices makes one and uses it again and again; the server cannot tell and its work is the same.
 */
const shares = new Map<KemName, Promise<EphemeralShare>>();

export async function reusedShare(kem: KemName): Promise<EphemeralShare> {
  const making = shares.get(kem) ?? Promise.resolve(nodeCrypto.generateShare(kem));
  shares.set(kem, making);
  const share = await making;
  return {
    kem,
    publicBytes: share.publicBytes,
    decapsulate: (ciphertext) => share.decapsulate(ciphertext),
    erase: () => {},
  };
}
