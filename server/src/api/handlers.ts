import { ReplyError } from "@parley/protocol";
import type { Services } from "../domain/services.ts";
import type { Peer } from "../live/caller.ts";
import { accountHandlers } from "./account.ts";
import { authHandlers } from "./auth.ts";
import { callHandlers } from "./call.ts";
import { chatHandlers } from "./chat.ts";
import { contactHandlers } from "./contact.ts";
import { fileHandlers } from "./file.ts";
import type { Handlers } from "./handler-table.ts";
import { inviteHandlers } from "./invite.ts";
import { joiningHandlers } from "./joining.ts";
import { memberHandlers } from "./member.ts";
import { messageHandlers } from "./message.ts";
import { nodeHandlers } from "./node.ts";
import { peopleHandlers } from "./people.ts";
import { personalHandlers } from "./personal.ts";
import { reactionHandlers } from "./reactions.ts";
import { syncHandlers } from "./sync.ts";
import { userHandlers } from "./user.ts";

export type { Handlers } from "./handler-table.ts";

/** The list of revoked sessions is read each second; a node that cannot is blind for as long. */
const BLIND_RETRY_MS = 1000;

export function createHandlers(services: Services): Handlers {
  const handlers: Handlers = {
    ...authHandlers(services),
    ...accountHandlers(services),
    ...inviteHandlers(services),
    ...userHandlers(services),
    ...peopleHandlers(services),
    ...contactHandlers(services),
    ...chatHandlers(services),
    ...joiningHandlers(services),
    ...memberHandlers(services),
    ...messageHandlers(services),
    ...fileHandlers(services),
    ...callHandlers(services),
    ...personalHandlers(services),
    ...reactionHandlers(services),
    ...syncHandlers(services),
    ...nodeHandlers(services),
  };
  return whileSighted(handlers, () => services.hub.blind);
}

/** A node that cannot know who was revoked serves nobody (S8). */
function whileSighted(handlers: Handlers, isBlind: () => boolean): Handlers {
  const guarded = Object.entries(handlers).map(([method, handle]) => [
    method,
    async (peer: Peer, params: never) => {
      if (isBlind()) throw new ReplyError("OVERLOADED", { retryAfterMs: BLIND_RETRY_MS });
      return handle(peer, params);
    },
  ]);
  return Object.fromEntries(guarded) as Handlers;
}
