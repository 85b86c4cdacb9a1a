import forge from "node-forge";
import type { Random } from "../platform.ts";
import { ChannelError } from "./channel-error.ts";
import { RSA_EXPONENT } from "./kem.ts";
import type { RsaKey, RsaProvider } from "./rsa.ts";

/** The page is held up no longer than this at a time. */
const STEP_MS = 30;

/** Missing in the types of node-forge. */
interface SteppedRsa {
  createKeyPairGenerationState(bits: number, e: number, options: { prng: unknown }): KeyPairState;
  /** Works for `ms`; true when `keys` are there. */
  stepKeyPairGenerationState(state: KeyPairState, ms: number): boolean;
}
interface KeyPairState {
  readonly keys: forge.pki.rsa.KeyPair | null;
}

/**
 * RSA of node-forge, for browsers without a usable worker or BigInt: slow, but it takes turns with the page while it
 * makes a key. In steps of our own, since its asynchronous way wants workers with a script that we do not serve. Loaded
 * on demand, since nearly nobody needs it.
 */
export function forgeRsa(random: Random): RsaProvider {
  const prng = { getBytesSync: (length: number) => toBinary(random.bytes(length)) };
  const rsa = forge.pki.rsa as unknown as SteppedRsa;
  return {
    async generate(bits) {
      const state = rsa.createKeyPairGenerationState(bits, RSA_EXPONENT, { prng });
      while (!rsa.stepKeyPairGenerationState(state, STEP_MS)) await new Promise((resolve) => setTimeout(resolve));
      if (state.keys === null) throw new Error("node-forge made no key");
      return forgeRsaKey(state.keys.privateKey);
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
