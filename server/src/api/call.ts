import { ReplyError } from "@parley/protocol";
import type { Handlers } from "./handler-table.ts";

type CallMethod = Extract<keyof Handlers, `call.${string}`>;

/** There are no calls yet. */
const none = async (): Promise<never> => {
  throw new ReplyError("CALL_NOT_FOUND");
};

export function callHandlers(): Pick<Handlers, CallMethod> {
  return {
    "call.start": none,
    "call.invite": none,
    "call.ringing": none,
    "call.join": none,
    "call.refuse": none,
    "call.leave": none,
    "call.setStreams": none,
    "call.keep": none,
    "call.get": none,
    "call.list": none,
    "call.ice": none,
    "call.signal": none,
  };
}
