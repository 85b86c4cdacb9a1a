import type { ChatId, FileKind, Params, Result, UserId } from "@parley/protocol";
import { fromSeqOf, readChatInfo } from "../../records/chat-info.ts";
import { hiddenSeqs, hidesIn } from "../../records/hidden.ts";
import { requireMember } from "../../records/membership.ts";
import { retractedOf } from "../../records/message-target.ts";
import { chatFilesOfKind } from "../../store/keys.ts";
import type { Kv } from "../../store/kv.ts";

const ALL_KINDS: readonly FileKind[] = ["image", "file", "voice", "video"];

/** Files of a chat, by the index that is written with each message. A page costs as much in any chat. */
export class FileList {
  readonly #store: Kv;

  constructor(store: Kv) {
    this.#store = store;
  }

  async page(userId: UserId, asked: Params<"file.list">): Promise<Result<"file.list">> {
    const store = this.#store;
    const { chatId, kinds = ALL_KINDS, before, limit } = asked;
    const [member, info, hides] = await Promise.all([
      requireMember(store, chatId, userId),
      readChatInfo(store, chatId),
      hidesIn(store, userId, chatId),
    ]);
    const from = fromSeqOf(info, member);
    const seqs: number[] = [];
    let below = before ?? Number.MAX_SAFE_INTEGER;
    for (;;) {
      const found = await this.#newest(chatId, kinds, { from, below, limit: limit + 1 });
      const gone = await retractedOf(store, chatId, found);
      const last = found.at(-1);
      const hidden =
        hides && last !== undefined ? await hiddenSeqs(store, userId, chatId, last, found[0] ?? last) : new Set();
      seqs.push(...found.filter((seq) => !gone.has(seq) && !hidden.has(seq)));
      if (seqs.length > limit) return { seqs: seqs.slice(0, limit), more: true };
      if (last === undefined || found.length <= limit) return { seqs };
      below = last;
    }
  }

  /** Descending, each once. */
  async #newest(
    chatId: ChatId,
    kinds: readonly FileKind[],
    { from, below, limit }: { readonly from: number; readonly below: number; readonly limit: number },
  ): Promise<number[]> {
    const ofKind = (kind: FileKind) =>
      this.#store.sortedRange(chatFilesOfKind(chatId, kind), -(below - 1), -from, limit);
    const pages = await Promise.all([...new Set(kinds)].map(ofKind));
    const all = new Set(pages.flat().map(Number));
    return [...all].sort((a, b) => b - a).slice(0, limit);
  }
}
