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
  "sync.pull",
  "node.info",
]);

const DEEDS = "deeds";

/**
 * Which requests of a connection wait for each other. A send that waits for an earlier, unanswered copy of itself
 * (seconds) must hold up neither reads nor other chats. Null: nothing waits.
 */
export function laneOf(method: string, params: unknown, signedIn: boolean): string | null {
  if (!signedIn) return DEEDS;
  if (READS.has(method)) return null;
  if (method !== "message.send") return DEEDS;
  const chatId = (params as { chatId?: unknown } | null)?.chatId;
  return typeof chatId === "string" ? `send ${chatId}` : DEEDS;
}
