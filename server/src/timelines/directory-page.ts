import type { ChatPreview } from "@parley/protocol";
import { listedAfter } from "../records/chat-directory.ts";
import { isListed, viewPreview } from "../records/chat-preview.ts";
import type { Kv } from "../store/kv.ts";
import type { Jobs } from "./jobs.ts";
import { Page } from "./page.ts";

/** Groups that are read together: the members of each may be some thousand fields. */
const BATCH = 8;

/** `chat.directory`. */
export async function directoryPage(store: Kv, { userId, params }: Jobs["directory"]): Promise<Uint8Array> {
  const { limit } = params;
  const chats: ChatPreview[] = [];
  for (let after = params.after ?? ""; chats.length <= limit; ) {
    const chatIds = await listedAfter(store, after, BATCH);
    const previews = await Promise.all(chatIds.map((chatId) => viewPreview(store, chatId, userId)));
    // The index may be a moment behind.
    for (const preview of previews) if (preview !== null && isListed(preview.join)) chats.push(preview);
    if (chatIds.length < BATCH) break;
    after = chatIds.at(-1) ?? after;
  }
  const more = chats.length > limit ? { more: true } : {};
  return new Page().text(JSON.stringify({ chats: chats.slice(0, limit), ...more })).join();
}
