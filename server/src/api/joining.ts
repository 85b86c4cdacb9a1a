import type { Services } from "../domain/services.ts";
import { sessionOf } from "./caller.ts";
import type { Handlers } from "./handler-table.ts";
import { page } from "./page.ts";

type JoiningMethod =
  | "chat.directory"
  | "chat.preview"
  | "chat.join"
  | "chat.createLink"
  | "chat.links"
  | "chat.revokeLink"
  | "chat.joinRequests"
  | "chat.answerJoin"
  | "chat.invitations"
  | "chat.answerInvitation"
  | "member.invite";

export function joiningHandlers(services: Services): Pick<Handlers, JoiningMethod> {
  const { joining } = services;
  return {
    "chat.directory": async (peer, params) => page(services, sessionOf(peer), "directory", { params }),

    "chat.preview": async (peer, params) => ({ preview: await joining.preview(sessionOf(peer).userId, params) }),

    "chat.join": async (peer, params) => joining.join(sessionOf(peer).userId, params),

    "chat.createLink": async (peer, params) => ({ link: await joining.createLink(sessionOf(peer).userId, params) }),

    "chat.links": async (peer, { chatId }) => ({ links: await joining.listLinks(sessionOf(peer).userId, chatId) }),

    "chat.revokeLink": async (peer, params) => {
      await joining.revokeLink(sessionOf(peer).userId, params);
      return {};
    },

    "chat.joinRequests": async (peer, { chatId }) => ({
      requests: await joining.requests(sessionOf(peer).userId, chatId),
    }),

    "chat.answerJoin": async (peer, params) => {
      await joining.answerRequest(sessionOf(peer).userId, params);
      return {};
    },

    "chat.invitations": async (peer) => ({ invitations: await joining.invitations(sessionOf(peer).userId) }),

    "chat.answerInvitation": async (peer, params) => joining.answerInvitation(sessionOf(peer).userId, params),

    "member.invite": async (peer, params) => {
      await joining.invite(sessionOf(peer).userId, params);
      return {};
    },
  };
}
