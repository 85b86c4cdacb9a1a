import { acquaintances } from "../domain/people/acquaintances.ts";
import type { Services } from "../domain/services.ts";
import { sessionOf } from "./caller.ts";
import type { Handlers } from "./handler-table.ts";

export function userHandlers({
  directory,
  hub,
  deps,
}: Services): Pick<Handlers, "user.find" | "user.get" | "user.watch"> {
  return {
    "user.find": async (peer, params) => {
      sessionOf(peer);
      return { users: await directory.find(params) };
    },

    "user.get": async (peer, { userIds }) => {
      sessionOf(peer);
      return { users: await directory.get(userIds) };
    },

    "user.watch": async (peer, { userIds }) => {
      const known = await acquaintances(deps.store, sessionOf(peer).userId, userIds);
      const found = new Map((await hub.watch(peer, [...known])).map((presence) => [presence.userId, presence]));
      return { presence: userIds.map((userId) => found.get(userId) ?? { userId, state: "offline" as const }) };
    },
  };
}
