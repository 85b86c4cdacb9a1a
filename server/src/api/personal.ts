import type { Services } from "../domain/services.ts";
import { sessionOf } from "./caller.ts";
import type { Handlers } from "./handler-table.ts";

type PersonalMethod =
  | "settings.get"
  | "settings.set"
  | "chat.setPrefs"
  | "chat.setDraft"
  | "message.star"
  | "message.stars"
  | "message.hide"
  | "message.schedule"
  | "message.unschedule"
  | "message.scheduled";

/** What concerns nobody but the caller. */
export function personalHandlers({ personal }: Services): Pick<Handlers, PersonalMethod> {
  const { settings, ownChats, stars, hiding, scheduling } = personal;
  return {
    "settings.get": async (peer) => ({ settings: await settings.get(sessionOf(peer).userId) }),

    "settings.set": async (peer, params) => ({ version: await settings.set(sessionOf(peer).userId, params) }),

    "chat.setPrefs": async (peer, params) => ({ version: await ownChats.setPrefs(sessionOf(peer).userId, params) }),

    "chat.setDraft": async (peer, params) => ({ version: await ownChats.setDraft(sessionOf(peer).userId, params) }),

    "message.star": async (peer, params) => {
      await stars.set(sessionOf(peer).userId, params);
      return {};
    },

    "message.stars": async (peer, params) => stars.page(sessionOf(peer).userId, params),

    "message.hide": async (peer, params) => {
      await hiding.hide(sessionOf(peer).userId, params);
      return {};
    },

    "message.schedule": async (peer, params) => {
      await scheduling.schedule(sessionOf(peer).userId, params);
      return {};
    },

    "message.unschedule": async (peer, { clientId }) => {
      await scheduling.unschedule(sessionOf(peer).userId, clientId);
      return {};
    },

    "message.scheduled": async (peer) => ({ messages: await scheduling.list(sessionOf(peer).userId) }),
  };
}
