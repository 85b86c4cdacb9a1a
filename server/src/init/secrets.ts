import { randomBytes } from "node:crypto";
import { mkdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { createPrivateFile } from "../identity/private-file.ts";
import { InitError } from "./init-error.ts";

/** One file each, so that one can be replaced without the others. */
export const SECRET_NAMES = ["deployment", "store", "objects", "turn"] as const;
export type Secrets = Readonly<Record<(typeof SECRET_NAMES)[number], string>>;

export const SECRETS_FOLDER = "secrets";
const SECRET_BYTES = 32;
/** The fewest characters that server and relay take. */
const LENGTH_MIN = 32;

/** Those that are there stay, always: with another one the server could not read its own identity. */
export async function ensureSecrets(folder: string): Promise<Secrets> {
  const place = join(folder, SECRETS_FOLDER);
  await mkdir(place, { recursive: true, mode: 0o700 });
  const pairs = await Promise.all(SECRET_NAMES.map(async (name) => [name, await ensureSecret(place, name)] as const));
  return Object.fromEntries(pairs) as Secrets;
}

async function ensureSecret(place: string, name: string): Promise<string> {
  const path = join(place, name);
  await createPrivateFile(path, `${randomBytes(SECRET_BYTES).toString("base64url")}\n`);
  if (process.platform !== "win32" && ((await stat(path)).mode & 0o077) !== 0) {
    throw new InitError(`${path} can be read by others on this machine: chmod 600 it, or delete it for a new one.`);
  }
  const secret = (await readFile(path, "utf8")).trim();
  if (secret.length < LENGTH_MIN || !/^[\w-]+$/.test(secret)) {
    throw new InitError(`${path} is no secret: at least ${LENGTH_MIN} of A-Z a-z 0-9 _ -. Delete it for a new one.`);
  }
  return secret;
}
