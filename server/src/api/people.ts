import type { Services } from "../domain/services.ts";
import { sessionOf } from "./caller.ts";
import type { Handlers } from "./handler-table.ts";

type PeopleMethod = "account.setProfile" | "account.setAvatar" | "account.setPrivacy" | "account.setAway" | "blob.get";

export function peopleHandlers({ profiles, blobs, hub }: Services): Pick<Handlers, PeopleMethod> {
  return {
    "account.setProfile": async (peer, params) => {
      await profiles.set(sessionOf(peer).userId, params);
      return {};
    },

    "account.setAvatar": async (peer, { avatar }) => ({
      avatar: await profiles.setAvatar(sessionOf(peer).userId, avatar),
    }),

    "account.setPrivacy": async (peer, params) => {
      await profiles.setPrivacy(sessionOf(peer).userId, params);
      return {};
    },

    "account.setAway": async (peer, { away }) => {
      sessionOf(peer);
      await hub.setAway(peer, away);
      return {};
    },

    "blob.get": async (peer, { hash }) => {
      sessionOf(peer);
      return blobs.get(hash);
    },
  };
}
