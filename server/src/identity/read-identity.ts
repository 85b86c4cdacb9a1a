import type { Config } from "../config.ts";
import { systemClock, systemRandom } from "../platform.ts";
import { openStore } from "../store/open-store.ts";
import { deploymentSecret } from "./deployment-secret.ts";
import { openIdentity, rotateIdentity, type ServerIdentity } from "./server-identity.ts";

/** Who the server is, or will be at its first start; the server may be running meanwhile. */
export function readIdentity(config: Config, secretText: string | undefined): Promise<ServerIdentity> {
  return withParts(config, secretText, openIdentity);
}

/** A new key for the server, which may be running meanwhile. */
export function replaceIdentity(
  config: Config,
  secretText: string | undefined,
  compromised: boolean,
): Promise<ServerIdentity> {
  return withParts(config, secretText, (parts) => rotateIdentity(parts, { compromised, now: systemClock.now() }));
}

type Parts = Parameters<typeof rotateIdentity>[0];

async function withParts<T>(
  config: Config,
  secretText: string | undefined,
  use: (parts: Parts) => Promise<T>,
): Promise<T> {
  const secret = await deploymentSecret({ ...config, fromEnvironment: secretText });
  const parts = { data: config.data, random: systemRandom, secret };
  // The embedded store is the running server's own; the identity lies beside it, in a file.
  if (config.store === "") return use({ ...parts, store: BESIDE_THE_STORE });
  const store = await openStore({
    location: config.store,
    clock: systemClock,
    random: systemRandom,
    allowVolatile: true,
  });
  try {
    return await use({ ...parts, store: store.kv });
  } finally {
    await store.kv.close();
  }
}

const BESIDE_THE_STORE: Parts["store"] = {
  driver: "embedded",
  get: async () => null,
  setNx: async () => false,
  set: async () => {},
};
