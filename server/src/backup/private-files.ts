import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { ConfigError } from "../config.ts";
import { createPrivateFile, readIfThere } from "../identity/private-file.ts";

/** Small files in --data that make this server the one it is. */
const FILES = ["identity/ed25519-seed", "identity/tls.pem", "turn/secret"] as const;

/** What would let somebody pass for the server, and open what is sealed in its store. */
export interface PrivateFiles {
  /** Text of the deployment's secret. */
  readonly secret: string;
  /** Path in --data -> text. */
  readonly files: Readonly<Record<string, string>>;
}

export interface SecretPlace {
  readonly data: string;
  readonly secretFile: string;
  readonly fromEnvironment: string | undefined;
}

export async function readPrivateFiles(place: SecretPlace): Promise<PrivateFiles> {
  const secret = await secretText(place);
  if (secret === null) throw new ConfigError(`There is no secret in ${place.data}: is this the folder of a server?`);
  const files: Record<string, string> = {};
  for (const path of FILES) {
    const text = await readIfThere(join(place.data, path));
    if (text !== null) files[path] = text;
  }
  return { secret, files };
}

/** Throws `ConfigError` when the place has a secret of its own: what is sealed under the old one would stay shut. */
export async function refuseOtherSecret(place: SecretPlace, { secret }: PrivateFiles): Promise<void> {
  const there = await secretText(place);
  if (there !== null && there.trim() !== secret.trim()) {
    const where =
      place.secretFile !== ""
        ? `--secret-file ${place.secretFile}`
        : place.fromEnvironment
          ? "PARLEY_SECRET"
          : `${place.data}/secret`;
    throw new ConfigError(
      `${where} is not the secret of the server that was backed up. Leave it out: the backup brings its own.`,
    );
  }
}

export async function writePrivateFiles(place: SecretPlace, { secret, files }: PrivateFiles): Promise<void> {
  for (const path of FILES) {
    const text = files[path];
    if (text === undefined) continue;
    const target = join(place.data, path);
    await mkdir(dirname(target), { recursive: true, mode: 0o700 });
    if (!(await createPrivateFile(target, text)) && (await readIfThere(target)) !== text) {
      throw new ConfigError(`${target} is there already and another one.`);
    }
  }
  // Where the configuration brings it, no second copy lies about.
  if ((await secretText(place)) === null) await createPrivateFile(join(place.data, "secret"), `${secret.trim()}\n`);
}

async function secretText({ data, secretFile, fromEnvironment }: SecretPlace): Promise<string | null> {
  if (secretFile !== "") return readIfThere(secretFile);
  if (fromEnvironment !== undefined && fromEnvironment !== "") return fromEnvironment;
  return readIfThere(join(data, "secret"));
}
