import type { Services } from "../domain/services.ts";
import { sessionOf } from "./caller.ts";
import type { Handlers } from "./handler-table.ts";

type CallMethod = Extract<keyof Handlers, `call.${string}`>;

export function callHandlers({ calls: { calls, signals, list }, hub }: Services): Pick<Handlers, CallMethod> {
  return {
    "call.start": (peer, params) => calls.start(sessionOf(peer), params),

    "call.invite": (peer, params) => calls.invite(sessionOf(peer), params),

    "call.ringing": async (peer, { callId }) => {
      await calls.ringing(sessionOf(peer), callId);
      return {};
    },

    "call.join": (peer, params) => calls.join(sessionOf(peer), params),

    "call.refuse": async (peer, params) => {
      await calls.refuse(sessionOf(peer), params);
      return {};
    },

    "call.leave": async (peer, params) => {
      await calls.leave(sessionOf(peer), params);
      return {};
    },

    "call.setStreams": async (peer, params) => {
      await calls.setStreams(sessionOf(peer), params);
      return {};
    },

    "call.keep": async (peer, params) => ({ version: await calls.keep(sessionOf(peer), params) }),

    "call.get": (peer, { callId }) => calls.get(sessionOf(peer), callId),

    "call.list": async (peer) => {
      const { userId } = sessionOf(peer);
      // What begins from then on is pushed.
      await hub.ready(peer);
      return { calls: await list.of(userId) };
    },

    "call.ice": (peer, params) => calls.iceFor(sessionOf(peer), params),

    "call.signal": async (peer, params) => {
      await signals.send(sessionOf(peer), params);
      return {};
    },
  };
}
