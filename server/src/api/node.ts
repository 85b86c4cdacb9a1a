import type { Services } from "../domain/services.ts";
import type { Handlers } from "./handler-table.ts";
import { serverInfo } from "./server-info.ts";

export function nodeHandlers({ deps, ownership }: Services): Pick<Handlers, "node.info"> {
  const { name, registration, email, sessions } = deps.config;
  return {
    "node.info": async () => ({
      name,
      registration,
      email: deps.mail ? email : ("off" as const),
      unclaimed: !(await ownership.isClaimed()),
      sessions,
      server: serverInfo(deps),
    }),
  };
}
