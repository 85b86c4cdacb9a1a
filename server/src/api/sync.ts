import type { Services } from "../domain/services.ts";
import { UnreadParams } from "../params.ts";
import { sessionOf } from "./caller.ts";
import type { Handlers } from "./handler-table.ts";
import { page } from "./page.ts";

export function syncHandlers(services: Services): Pick<Handlers, "sync.pull"> {
  return {
    "sync.pull": async (peer, params) => {
      const session = sessionOf(peer);
      // From here on events reach the peer, so that nothing falls between this answer and the first of them.
      await services.hub.ready(peer);
      const asked = params instanceof UnreadParams ? params.line : params;
      return page(services, session, "sync", { params: asked, newest: services.deps.config.newest });
    },
  };
}
