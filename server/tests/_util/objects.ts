import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Clock } from "@parley/protocol";
import { createConfig } from "../../src/config.ts";
import { createLog } from "../../src/log.ts";
import { LazyObjects } from "../../src/objects/lazy-objects.ts";
import type { Objects } from "../../src/objects/objects.ts";
import { type OpenObjects, openObjects } from "../../src/objects/open-objects.ts";
import { systemClock, systemRandom } from "../../src/platform.ts";
import { temporaryFolder } from "./folder.ts";

const SECRET = new Uint8Array(32).fill(9);

/** The built-in store in a folder of its own, which is made when somebody first uses a file. */
export function objectsWhenUsed(): Objects {
  const what = { description: "test", abilities: { putOnce: true, md5: true }, hasRoom: async () => true };
  return new LazyObjects(what, async () => (await builtInObjects()).objects);
}

export async function builtInObjects(clock: Clock = systemClock, data?: string): Promise<OpenObjects> {
  return openObjects({
    settings: createConfig({}),
    data: data ?? (await temporaryFolder()),
    deploymentSecret: SECRET,
    clock,
    random: systemRandom,
    log: createLog("silent"),
  });
}

export interface ListeningObjects {
  readonly objects: Objects;
  /** Of the service; URLs without origin belong to it. */
  readonly origin: string;
  readonly host: string;
  close(): Promise<void>;
}

/** The built-in store with its service on a port, and nothing else there. */
export async function listeningObjects(clock: Clock = systemClock, data?: string): Promise<ListeningObjects> {
  const opened = await builtInObjects(clock, data);
  const { service } = opened;
  if (service === null) throw new Error("The built-in store has a service.");
  const server = createServer((request, response) => {
    void service.serve(request, response, { host: request.headers.host ?? "", address: "192.0.2.1" });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    objects: opened.objects,
    origin: `http://${host}`,
    host,
    async close() {
      await closed(server);
      await opened.close();
    },
  };
}

function closed(server: Server): Promise<void> {
  const done = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeAllConnections();
  return done;
}
