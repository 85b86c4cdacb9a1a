import type { ChatId, UserId } from "@parley/protocol";
import { pushNotice } from "../records/inbox.ts";
import { membersOf } from "../records/membership.ts";
import type { Kv } from "../store/kv.ts";
import { Page } from "./page.ts";

/** Notices written at once: sends that come meanwhile wait at the store for no more than these. */
const BATCH = 64;

export interface ChatNotice {
  readonly chatId: ChatId;
  /** The bucket, `yyyymm`. */
  readonly month: string;
  /** JSON text. */
  readonly text: string;
  readonly except: UserId | null;
}

/** Who got the notice, and as which of their bucket. */
export type NoticeNumber = readonly [userId: UserId, number: number];

/** Writes a notice to all members of a chat, batch after batch. */
export async function* pushToMembers(
  store: Kv,
  { chatId, month, text, except }: ChatNotice,
): AsyncGenerator<readonly NoticeNumber[]> {
  const members = (await membersOf(store, chatId)).filter(({ userId }) => userId !== except);
  for (let from = 0; from < members.length; from += BATCH) {
    const batch = members.slice(from, from + BATCH);
    yield await Promise.all(
      batch.map(async ({ userId }) => [userId, await pushNotice(store, userId, month, text)] as const),
    );
  }
}

/** The same in a worker that may write; answers the numbers as JSON. */
export async function notifyMembers(store: Kv, notice: ChatNotice): Promise<Uint8Array> {
  const numbers: NoticeNumber[] = [];
  for await (const batch of pushToMembers(store, notice)) numbers.push(...batch);
  return new Page().text(JSON.stringify(numbers)).join();
}
