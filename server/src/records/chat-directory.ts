import type { ChatId } from "@parley/protocol";
import { CHAT_DIRECTORY } from "../store/keys.ts";
import type { Kv } from "../store/kv.ts";
import { readChatInfo } from "./chat-info.ts";
import { isListed } from "./chat-preview.ts";

/** Letters of an id that a score holds: 50 bits of the 53 of a double. */
const SCORED_LETTERS = 10;
/** In the order of their codes, so that scores ascend as ids do. */
const LETTERS = "234567abcdefghijklmnopqrstuvwxyz";
const LAST_SCORE = 2 ** (5 * SCORED_LETTERS) - 1;

/**
 * Brings the directory up to what the chat's own settings say. Whoever changed them does it, and looks again afterwards:
 * of two who do so at once, the one who writes last sees what the other has changed.
 */
export async function listChat(store: Kv, chatId: ChatId): Promise<void> {
  for (let listed = await shouldBeListed(store, chatId); ; ) {
    if (listed) await store.sortedAdd(CHAT_DIRECTORY, scoreOf(chatId), chatId);
    else await store.sortedRemove(CHAT_DIRECTORY, chatId);
    const now = await shouldBeListed(store, chatId);
    if (now === listed) return;
    listed = now;
  }
}

/** Ids after `after`, ascending, at most `count`. Fewer than that: there are no more. */
export async function listedAfter(store: Kv, after: ChatId, count: number): Promise<ChatId[]> {
  // Those that share their first letters with `after`, itself included, are told apart by the rest.
  for (let read = count + 1; ; read *= 2) {
    const found = await store.sortedRange(CHAT_DIRECTORY, scoreOf(after), LAST_SCORE, read);
    const later = found.filter((chatId) => chatId > after).sort();
    if (later.length >= count || found.length < read) return later.slice(0, count);
  }
}

async function shouldBeListed(store: Kv, chatId: ChatId): Promise<boolean> {
  const { settings, deletedSeq } = await readChatInfo(store, chatId);
  return deletedSeq === 0 && isListed(settings.join);
}

function scoreOf(chatId: ChatId): number {
  let score = 0;
  for (const letter of chatId.slice(0, SCORED_LETTERS).padEnd(SCORED_LETTERS, "2")) {
    score = score * 32 + Math.max(0, LETTERS.indexOf(letter));
  }
  return score;
}
