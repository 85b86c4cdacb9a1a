import type { Config } from "../config.ts";
import { systemClock, systemRandom } from "../platform.ts";
import { openStore } from "../store/open-store.ts";
import { deploymentSecret } from "./deployment-secret.ts";
import { localIdentity, openIdentity, type ServerIdentity } from "./server-identity.ts";

/** Who the server is, or will be at its first start; the server may be running meanwhile. */
export async function readIdentity(config: Config, secretText: string | undefined): Promise<ServerIdentity> {
  const parts = { data: config.data, random: systemRandom };
  if (config.store === "") return localIdentity(parts);
  const secret = await deploymentSecret({ ...config, fromEnvironment: secretText });
  const store = await openStore({
    location: config.store,
    clock: systemClock,
    random: systemRandom,
    allowVolatile: true,
  });
  try {
    return await openIdentity({ ...parts, store: store.kv, secret });
  } finally {
    await store.kv.close();
  }
}
