import { createHash, randomBytes } from "node:crypto";
import { join } from "node:path";
import { ConfigError } from "../config.ts";
import { createPrivateFile, readIfThere } from "./private-file.ts";

/** Characters: anything shorter could be guessed by who reads what it seals. */
const LENGTH_MIN = 32;

export interface SecretSource {
  /** Folder of the node's data. */
  readonly data: string;
  /** Path of a file with the secret; empty: none. */
  readonly secretFile: string;
  /** The secret itself, from the environment. */
  readonly fromEnvironment?: string | undefined;
}

/**
 * 32 bytes, the same on every node of a deployment: what lies in the shared store and must not be read there is
 * sealed under it. Made at the first start, unless it is handed in.
 */
export async function deploymentSecret(source: SecretSource): Promise<Uint8Array> {
  if (source.secretFile !== "") {
    const text = await readIfThere(source.secretFile);
    if (text === null) throw new ConfigError(`--secret-file ${source.secretFile}: there is no such file.`);
    return fromText(text, source.secretFile);
  }
  if (source.fromEnvironment !== undefined && source.fromEnvironment !== "") {
    return fromText(source.fromEnvironment, "PARLEY_SECRET");
  }
  const path = join(source.data, "secret");
  await createPrivateFile(path, `${randomBytes(32).toString("base64url")}\n`);
  return fromText((await readIfThere(path)) ?? "", path);
}

function fromText(text: string, where: string): Uint8Array {
  const secret = text.trim();
  if (secret.length < LENGTH_MIN) {
    throw new ConfigError(`The deployment's secret in ${where} is shorter than ${LENGTH_MIN} characters.`);
  }
  return createHash("sha256").update("parley deployment secret\0").update(secret).digest();
}
