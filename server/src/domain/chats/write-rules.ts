import { type ChatId, type ClientId, ReplyError } from "@parley/protocol";
import type { ChatInfo } from "../../records/chat-info.ts";
import type { Membership } from "../../records/membership.ts";
import { slowSend } from "../../store/keys.ts";
import type { Kv } from "../../store/kv.ts";
import { mayDo } from "./rights.ts";

/** Throws `MEMBER_MUTED` or `ADMINS_ONLY`. */
export function requireVoice({ role, mutedUntil }: Membership, { settings }: ChatInfo, now: number): void {
  if (mutedUntil > now) throw new ReplyError("MEMBER_MUTED", { retryAfterMs: mutedUntil - now });
  if (settings.announcements && !mayDo(role, "announce")) throw new ReplyError("ADMINS_ONLY");
}

/**
 * They may say something, and until what was read of them and the chat changes a message of theirs takes nothing but
 * being stored: no place in slow mode, and no look at when it vanishes.
 */
export function speaksFreely({ role, mutedUntil }: Membership, { settings }: ChatInfo, now: number): boolean {
  const { announcements, slowModeMs, disappearMs } = settings;
  if (mutedUntil > now || disappearMs > 0) return false;
  return (!announcements && slowModeMs === 0) || mayDo(role, "announce");
}

export interface SlowSend {
  readonly chatId: ChatId;
  readonly clientId: ClientId;
  readonly now: number;
}

/**
 * The member's place in slow mode, taken right before the message is stored; throws `SLOW_MODE`. One key with a time to
 * live for each of them, so it holds on all nodes and devices. A message that has its place keeps it for its resends.
 */
export async function takeSlowPlace(
  store: Kv,
  { userId, role }: Membership,
  { settings }: ChatInfo,
  { chatId, clientId, now }: SlowSend,
): Promise<void> {
  const { slowModeMs } = settings;
  if (slowModeMs === 0 || mayDo(role, "announce")) return;
  const key = slowSend(chatId, userId);
  const seconds = Math.ceil(slowModeMs / 1000);
  const place = `${clientId} ${now}`;
  if (await store.setNx(key, place, seconds)) return;
  const [by, at = "0"] = ((await store.get(key)) ?? "").split(" ");
  if (by === clientId) return;
  const waitMs = Number(at) + slowModeMs - now;
  if (waitMs > 0) throw new ReplyError("SLOW_MODE", { retryAfterMs: Math.min(waitMs, slowModeMs) });
  // It was taken in a slower time, or is over but for a moment by the clock of the store: one may take what follows it.
  if (!(await store.setNx(slowSend(chatId, userId, at), place, seconds))) {
    throw new ReplyError("SLOW_MODE", { retryAfterMs: slowModeMs });
  }
  await store.set(key, place);
  await store.expire(key, seconds);
}
