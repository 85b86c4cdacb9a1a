import type { Services } from "../domain/services.ts";
import { viewChatOf } from "../records/chat-record.ts";
import { sessionOf } from "./caller.ts";
import type { Handlers } from "./handler-table.ts";
import { page } from "./page.ts";

type ChatMethod =
  | "chat.openDirect"
  | "chat.createGroup"
  | "chat.expand"
  | "chat.get"
  | "chat.update"
  | "chat.leave"
  | "chat.delete"
  | "chat.receipts";

export function chatHandlers(services: Services): Pick<Handlers, ChatMethod> {
  const { directChats, groups, chatChanges, joining, deps } = services;
  return {
    "chat.openDirect": async (peer, { userId }) => ({ chat: await directChats.open(sessionOf(peer).userId, userId) }),

    "chat.createGroup": async (peer, params) => ({ chat: await groups.create(sessionOf(peer).userId, params) }),

    "chat.expand": async (peer, params) => ({ chat: await groups.expand(sessionOf(peer).userId, params) }),

    "chat.get": async (peer, { chatId }) => {
      return { chat: await viewChatOf(deps.store, chatId, sessionOf(peer).userId) };
    },

    "chat.update": async (peer, params) => ({ chat: await chatChanges.update(sessionOf(peer).userId, params) }),

    "chat.leave": async (peer, { chatId }) => {
      const { userId } = sessionOf(peer);
      // Who only asked to come in goes again.
      if (!(await joining.withdraw(userId, chatId))) await groups.leave(userId, chatId);
      return {};
    },

    "chat.delete": async (peer, { chatId }) => {
      await groups.delete(sessionOf(peer).userId, chatId);
      return {};
    },

    "chat.receipts": async (peer, params) => page(services, sessionOf(peer), "receipts", { params }),
  };
}
