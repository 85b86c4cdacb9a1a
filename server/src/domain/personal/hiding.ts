import { type ChatId, limits, type Params, ReplyError, type UserId } from "@parley/protocol";
import { hiddenCounts, writeHidden } from "../../records/hidden.ts";
import type { Kv } from "../../store/kv.ts";
import type { Inbox } from "../inbox/inbox.ts";
import { requireReadable } from "./readable.ts";

export interface HideArgs {
  readonly userId: UserId;
  readonly chatId: ChatId;
  readonly seqs: readonly number[];
}

export interface HidingParts {
  readonly store: Kv;
  readonly inbox: Inbox;
  /** Runs the deed `apply` behind an intent. */
  readonly deed: (args: HideArgs) => Promise<void>;
}

/** Delete for me. */
export class Hiding {
  readonly #parts: HidingParts;

  constructor(parts: HidingParts) {
    this.#parts = parts;
  }

  async hide(userId: UserId, { chatId, seqs: given }: Params<"message.hide">): Promise<void> {
    const { store, deed } = this.#parts;
    const seqs = [...new Set(given)].sort((a, b) => a - b);
    const [counts] = await Promise.all([hiddenCounts(store, userId), requireReadable(store, userId, chatId, seqs)]);
    const hidden = [...counts.values()].reduce((sum, count) => sum + count, 0);
    if (hidden + seqs.length > limits.HIDDEN_MAX) throw new ReplyError("LIMIT_REACHED");
    await deed({ userId, chatId, seqs });
  }

  async apply({ userId, chatId, seqs }: HideArgs): Promise<void> {
    const { store, inbox } = this.#parts;
    await writeHidden(store, userId, chatId, seqs);
    await inbox.put(userId, { kind: "hide", chatId, seqs: [...seqs] });
  }
}
