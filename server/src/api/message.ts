import type { Services } from "../domain/services.ts";
import { requireMember } from "../records/membership.ts";
import { sessionOf } from "./caller.ts";
import type { Handlers } from "./handler-table.ts";
import { page } from "./page.ts";

type MessageMethod =
  | "message.send"
  | "message.history"
  | "message.get"
  | "message.retract"
  | "message.edit"
  | "message.edits"
  | "message.markRead"
  | "message.markDelivered"
  | "message.setTyping";

export function messageHandlers(services: Services): Pick<Handlers, MessageMethod> {
  const { sending, retracts, edits, markers, hub, deps } = services;
  return {
    "message.send": async (peer, params) => {
      const { userId } = sessionOf(peer);
      const sent = await sending.send(userId, params, peer.id);
      hub.typing.stop(userId, params.chatId);
      return sent;
    },

    "message.history": async (peer, params) => page(services, sessionOf(peer), "history", { params }),

    "message.get": async (peer, params) => page(services, sessionOf(peer), "get", { params }),

    "message.retract": async (peer, params) => ({ version: await retracts.retract(sessionOf(peer).userId, params) }),

    "message.edit": async (peer, params) => ({ version: await edits.edit(sessionOf(peer).userId, params) }),

    "message.edits": async (peer, params) => page(services, sessionOf(peer), "edits", { params }),

    "message.markRead": async (peer, params) => {
      await markers.read(sessionOf(peer).userId, params);
      return {};
    },

    "message.markDelivered": async (peer, params) => {
      await markers.delivered(sessionOf(peer).userId, params);
      return {};
    },

    "message.setTyping": async (peer, { chatId, typing }) => {
      const { userId } = sessionOf(peer);
      await requireMember(deps.store, chatId, userId);
      // Who may not write is not told: nobody sees them write either.
      if (typing && (await sending.mayWrite(chatId, userId)) === null) hub.typing.start(userId, chatId);
      else hub.typing.stop(userId, chatId);
      return {};
    },
  };
}
