import { createCipheriv, createDecipheriv, hkdfSync, randomBytes, scrypt } from "node:crypto";
import { Damaged } from "./sealed-stream.ts";

/** 64 MiB and a quarter of a second: who guesses passphrases pays that for each. */
const COST = { N: 65_536, r: 8, p: 1 } as const;
const COST_MAX_BYTES = 256 * 1024 * 1024;
const KEY_BYTES = 32;
const SALT_BYTES = 16;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
/** A passphrase that is shorter is guessed whatever a guess costs. */
export const PASSPHRASE_MIN = 12;

/** How a key lies in the head of a backup: sealed under a passphrase. */
export interface WrappedKey {
  readonly kdf: "scrypt";
  readonly N: number;
  readonly r: number;
  readonly p: number;
  readonly salt: string;
  readonly sealed: string;
}

export async function wrapNewKey(passphrase: string): Promise<{ key: Uint8Array; wrapped: WrappedKey }> {
  const key = randomBytes(KEY_BYTES);
  const salt = randomBytes(SALT_BYTES);
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv("aes-256-gcm", await stretch(passphrase, salt, COST), nonce, {
    authTagLength: TAG_BYTES,
  });
  const sealed = Buffer.concat([nonce, cipher.update(key), cipher.final(), cipher.getAuthTag()]);
  return { key, wrapped: { kdf: "scrypt", ...COST, salt: text(salt), sealed: text(sealed) } };
}

/** Throws `Damaged` when the passphrase is another one. */
export async function unwrapKey(passphrase: string, wrapped: WrappedKey): Promise<Uint8Array> {
  const sealed = Buffer.from(wrapped.sealed, "base64url");
  const key = await stretch(passphrase, Buffer.from(wrapped.salt, "base64url"), wrapped);
  const decipher = createDecipheriv("aes-256-gcm", key, sealed.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES });
  decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
  try {
    return Buffer.concat([decipher.update(sealed.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]);
  } catch {
    throw new Damaged("this is not its passphrase");
  }
}

/** Each file of a backup has a key of its own. */
export function keyOf(master: Uint8Array, name: string): Uint8Array {
  return new Uint8Array(hkdfSync("sha256", master, "", `parley backup ${name}`, KEY_BYTES));
}

function stretch(
  passphrase: string,
  salt: Uint8Array,
  { N, r, p }: Pick<WrappedKey, "N" | "r" | "p">,
): Promise<Buffer> {
  // Composed and decomposed letters are the same passphrase, whichever keyboard it was typed on.
  const typed = passphrase.normalize("NFKC");
  return new Promise((resolve, reject) => {
    const tooMuch = () => reject(new Damaged("its head asks for more than this program gives"));
    try {
      scrypt(typed, salt, KEY_BYTES, { N, r, p, maxmem: COST_MAX_BYTES }, (error, key) => {
        if (error === null) resolve(key);
        else tooMuch();
      });
    } catch {
      // Numbers that cannot be are thrown at once.
      tooMuch();
    }
  });
}

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64url");
}
