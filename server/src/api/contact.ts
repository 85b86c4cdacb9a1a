import type { Services } from "../domain/services.ts";
import { sessionOf } from "./caller.ts";
import type { Handlers } from "./handler-table.ts";

type ContactMethod = Extract<keyof Handlers, `contact.${string}`>;

export function contactHandlers({ contacts }: Services): Pick<Handlers, ContactMethod> {
  return {
    "contact.request": async (peer, params) => ({
      accepted: await contacts.request(sessionOf(peer).userId, params),
    }),

    "contact.cancel": async (peer, { userId }) => {
      await contacts.cancel(sessionOf(peer).userId, userId);
      return {};
    },

    "contact.answer": async (peer, params) => {
      const chatId = await contacts.answer(sessionOf(peer).userId, params);
      return chatId === null ? {} : { chatId };
    },

    "contact.requests": async (peer) => contacts.requests(sessionOf(peer).userId),

    "contact.list": async (peer, params) => contacts.list(sessionOf(peer).userId, params),

    "contact.update": async (peer, params) => {
      await contacts.update(sessionOf(peer).userId, params);
      return {};
    },

    "contact.remove": async (peer, { userId }) => {
      await contacts.remove(sessionOf(peer).userId, userId);
      return {};
    },

    "contact.block": async (peer, { userId }) => {
      await contacts.block(sessionOf(peer).userId, userId);
      return {};
    },

    "contact.unblock": async (peer, { userId }) => {
      await contacts.unblock(sessionOf(peer).userId, userId);
      return {};
    },

    "contact.blocked": async (peer) => ({ users: await contacts.blocked(sessionOf(peer).userId) }),
  };
}
