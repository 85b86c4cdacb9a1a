import type { Method } from "@parley/protocol";
import { FREE, type Lane, READING } from "./mailbox.ts";

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
 * (seconds) must hold up neither reads nor other chats: sends keep their order by themselves (domain/messages/send-lines.ts).
 * Nothing may hold up the signals of a call.
 */
export function laneOf(method: string, params: unknown, signedIn: boolean): Lane {
  if (!signedIn) return DEEDS;
  if (READS.has(method)) return READING;
  if (method === "message.send") return FREE;
  return method.startsWith("call.") ? laneOfCall(params) : DEEDS;
}

function laneOfCall(params: unknown): string {
  const { callId } = (params ?? {}) as Record<string, unknown>;
  return typeof callId === "string" ? `call ${callId}` : DEEDS;
}
