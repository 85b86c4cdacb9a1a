import type { Services } from "../domain/services.ts";
import { sessionOf } from "./caller.ts";
import type { Handlers } from "./handler-table.ts";

type InviteMethod = "invite.create" | "invite.list" | "invite.revoke";

export function inviteHandlers({ invites }: Services): Pick<Handlers, InviteMethod> {
  return {
    "invite.create": async (peer, params) => ({ invite: await invites.create(sessionOf(peer).userId, params) }),

    "invite.list": async (peer) => ({ invites: await invites.list(sessionOf(peer).userId) }),

    "invite.revoke": async (peer, { code }) => {
      await invites.revoke(sessionOf(peer).userId, code);
      return {};
    },
  };
}
