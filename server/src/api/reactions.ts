import type { Services } from "../domain/services.ts";
import { sessionOf } from "./caller.ts";
import type { Handlers } from "./handler-table.ts";
import { page } from "./page.ts";

type ReactionMethod =
  | "message.react"
  | "message.reactions"
  | "message.pin"
  | "message.pins"
  | "message.vote"
  | "message.poll"
  | "message.closePoll"
  | "message.readers";

/** What people do to messages that others wrote, and who has read them. */
export function reactionHandlers(services: Services): Pick<Handlers, ReactionMethod> {
  const { reactions, pins, polls } = services;
  return {
    "message.react": async (peer, params) => {
      await reactions.react(sessionOf(peer).userId, params);
      return {};
    },

    "message.reactions": async (peer, params) => page(services, sessionOf(peer), "reactions", { params }),

    "message.pin": async (peer, params) => ({ seq: await pins.pin(sessionOf(peer).userId, params) }),

    "message.pins": async (peer, { chatId }) => {
      const pinned = await pins.list(sessionOf(peer).userId, chatId);
      return { pins: pinned.map(({ seq, by, at }) => ({ seq, by, at })) };
    },

    "message.vote": async (peer, params) => {
      const session = sessionOf(peer);
      await polls.vote(session.userId, params);
      return page(services, session, "poll", { params: { chatId: params.chatId, seq: params.seq } });
    },

    "message.poll": async (peer, params) => page(services, sessionOf(peer), "poll", { params }),

    "message.closePoll": async (peer, params) => {
      await polls.close(sessionOf(peer).userId, params);
      return {};
    },

    "message.readers": async (peer, params) => page(services, sessionOf(peer), "readers", { params }),
  };
}
