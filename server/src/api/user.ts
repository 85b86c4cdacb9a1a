import { viewProfile } from "../domain/people/profile-view.ts";
import type { Services } from "../domain/services.ts";
import { sessionOf } from "./caller.ts";
import type { Handlers } from "./handler-table.ts";

export function userHandlers({
  directory,
  hub,
  deps,
}: Services): Pick<Handlers, "user.find" | "user.get" | "user.profile" | "user.watch"> {
  return {
    "user.find": async (peer, params) => {
      sessionOf(peer);
      return { users: await directory.find(params) };
    },

    "user.get": async (peer, { userIds }) => {
      sessionOf(peer);
      return { users: await directory.get(userIds) };
    },

    "user.profile": async (peer, { userId }) => ({
      profile: await viewProfile(deps.store, sessionOf(peer).userId, userId),
    }),

    "user.watch": async (peer, { userIds }) => {
      sessionOf(peer);
      return { presence: await hub.watch(peer, userIds) };
    },
  };
}
