import forge from "node-forge";
import type { Random } from "../platform.ts";
import { ChannelError } from "./channel-error.ts";
import { RSA_EXPONENT } from "./kem.ts";
import type { RsaKey, RsaProvider } from "./rsa.ts";

/**
 * RSA of node-forge, for browsers without a usable worker or BigInt: slow, but it takes turns with the page while it
 * makes a key. Loaded on demand, since nearly nobody needs it.
 */
export function forgeRsa(random: Random): RsaProvider {
  const prng = { getBytesSync: (length: number) => toBinary(random.bytes(length)) };
  return {
    async generate(bits) {
      const pair = await new Promise<forge.pki.rsa.KeyPair>((resolve, reject) => {
        forge.pki.rsa.generateKeyPair({ bits, e: RSA_EXPONENT, prng, algorithm: "PRIMEINC" }, (error, made) => {
          if (error) reject(error);
          else resolve(made);
        });
      });
      return forgeRsaKey(pair.privateKey);
    },
  };
}

export function forgeRsaKey(privateKey: forge.pki.rsa.PrivateKey): RsaKey {
  let key: forge.pki.rsa.PrivateKey | null = privateKey;
  const modulusBytes = privateKey.n.bitLength() / 8;
  return {
    modulus: hexBytes(privateKey.n.toString(16), modulusBytes),
    decrypt(ciphertext) {
      if (!key) throw new ChannelError("protocol_violation", "share is erased");
      if (ciphertext.length !== modulusBytes) throw new ChannelError("identity_error", "RSA ciphertext");
      const sha256 = forge.md.sha256.create();
      try {
        return fromBinary(
          key.decrypt(toBinary(ciphertext), "RSA-OAEP", { md: sha256, mgf1: { md: forge.md.sha256.create() } }),
        );
      } catch {
        throw new ChannelError("identity_error", "RSA ciphertext");
      }
    },
    erase() {
      key = null;
    },
  };
}

/** forge keeps bytes in strings, one to a character. */
function toBinary(bytes: Uint8Array): string {
  let binary = "";
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return binary;
}

function fromBinary(binary: string): Uint8Array {
  return Uint8Array.from(binary, (char) => char.charCodeAt(0));
}

function hexBytes(hex: string, length: number): Uint8Array {
  const padded = hex.padStart(length * 2, "0");
  return Uint8Array.from({ length }, (_, i) => Number.parseInt(padded.slice(i * 2, i * 2 + 2), 16));
}
