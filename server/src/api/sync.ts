import type { Services } from "../domain/services.ts";
import { sessionOf } from "./caller.ts";
import type { Handlers } from "./handler-table.ts";
import { page } from "./page.ts";

export function syncHandlers(services: Services): Pick<Handlers, "sync.pull"> {
  return {
    "sync.pull": async (peer, params) => {
      const session = sessionOf(peer);
      // From here on events reach the peer, so that nothing falls between this answer and the first of them.
      await services.hub.ready(peer);
      return page(services, session, "sync", { params, newest: services.deps.config.newest });
    },
  };
}
