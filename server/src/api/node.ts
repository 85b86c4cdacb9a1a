import type { Services } from "../domain/services.ts";
import type { Handlers } from "./handler-table.ts";
import { serverInfo } from "./server-info.ts";

export function nodeHandlers({ deps }: Services): Pick<Handlers, "node.info"> {
  const { name, registration } = deps.config;
  return {
    "node.info": async () => ({
      name,
      registration,
      email: "off" as const,
      unclaimed: false,
      sessions: "multi" as const,
      server: serverInfo(deps),
    }),
  };
}
