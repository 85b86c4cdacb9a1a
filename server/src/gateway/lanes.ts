import type { Method } from "@parley/protocol";

/** Requests that change nothing: their replies are matched by id, so they may run beside anything. */
const READS: ReadonlySet<string> = new Set<Method>([
  "account.get",
  "account.devices",
  "user.find",
  "user.get",
  "chat.get",
  "chat.receipts",
  "member.list",
  "message.history",
  "message.pins",
  "message.poll",
  "message.reactions",
  "message.readers",
  "message.get",
  "message.edits",
  "call.get",
  "call.list",
  "call.ice",
  "sync.pull",
  "node.info",
]);

const DEEDS = "deeds";

/**
 * Which requests of a connection wait for each other. A send that waits for an earlier, unanswered copy of itself
 * (seconds) must hold up neither reads nor other chats, and nothing may hold up the signals of a call. Null: nothing waits.
 */
export function laneOf(method: string, params: unknown, signedIn: boolean): string | null {
  if (!signedIn) return DEEDS;
  if (READS.has(method)) return null;
  if (method === "message.send") return laneOfOne("send", "chatId", params);
  return method.startsWith("call.") ? laneOfOne("call", "callId", params) : DEEDS;
}

function laneOfOne(lane: string, field: string, params: unknown): string {
  const id = (params as Record<string, unknown> | null)?.[field];
  return typeof id === "string" ? `${lane} ${id}` : DEEDS;
}
