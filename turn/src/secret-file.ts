import { randomBytes } from "node:crypto";
import { chmod, mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { TURN_SECRET_LENGTH_MIN } from "./credentials.ts";
import { UsageError } from "./usage-error.ts";

/** Makes the secret if there is none, readable to its owner only. Two that start at once end up with the same one. */
export async function ensureSecret(path: string): Promise<string> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  try {
    await writeFile(path, `${randomBytes(32).toString("base64url")}\n`, { mode: 0o600, flag: "wx" });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
  return readSecret(path);
}

export async function readSecret(path: string): Promise<string> {
  const secret = (await readFile(path, "utf8")).trim();
  if (secret.length < TURN_SECRET_LENGTH_MIN) {
    throw new UsageError(`The secret in ${path} is shorter than ${TURN_SECRET_LENGTH_MIN} characters.`);
  }
  return secret;
}

/** Replaces a file that holds the secret. Its mode is right before anything is in it. */
export async function writePrivateFile(path: string, text: string): Promise<void> {
  await writeFile(path, "", { mode: 0o600, flag: "a" });
  await chmod(path, 0o600);
  await writeFile(path, text);
}

/** Whether others on this machine can read the file. Windows has no such modes. */
export async function isOpenToOthers(path: string): Promise<boolean> {
  return process.platform !== "win32" && ((await stat(path)).mode & 0o077) !== 0;
}
