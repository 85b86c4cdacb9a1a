import { join } from "node:path";
import { TURN_SECRET_LENGTH_MIN } from "@parley/turn";
import { type Config, ConfigError } from "./config.ts";
import type { Relays } from "./domain/calls/ice.ts";
import { turnRelays } from "./domain/calls/turn-relays.ts";
import { readIfThere } from "./identity/private-file.ts";

/** Where `npm run turn` on this machine puts the secret. */
const MADE_BY_TURN = join("turn", "secret");

/** The relays that the configuration names; null for none. Throws `ConfigError`. */
export async function openRelays(config: Config): Promise<Relays | null> {
  const { turn } = config;
  if (turn.length === 0) return null;
  const secret = await relaySecret(config);
  try {
    return turnRelays(turn, secret);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new ConfigError(`--turn: ${error.message}`, { cause: error });
  }
}

/** What --turn shares with the relays. Throws `ConfigError`. */
export async function relaySecret({ turnSecret, turnSecretFile, data }: Config): Promise<string> {
  const file = turnSecretFile === "" ? join(data, MADE_BY_TURN) : turnSecretFile;
  const text = turnSecret === "" ? await readIfThere(file) : turnSecret;
  if (text === null) throw new ConfigError(`--turn needs its secret, and there is no file ${file}.`);
  const secret = text.trim();
  if (secret.length < TURN_SECRET_LENGTH_MIN) {
    throw new ConfigError(`The secret of --turn has at least ${TURN_SECRET_LENGTH_MIN} characters.`);
  }
  return secret;
}
