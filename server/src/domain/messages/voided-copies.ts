import type { Clock } from "@parley/protocol";
import { type VoidedIntentArgs, voidCopies } from "../../store/append-once.ts";
import { chatOfLog } from "../../store/keys.ts";
import type { Kv } from "../../store/kv.ts";
import { VOID_ENTRY } from "../../store/log-entry.ts";
import type { FanOut } from "../inbox/fan-out.ts";

export interface VoidedCopiesParts {
  readonly store: Kv;
  readonly clock: Clock;
  readonly fanOut: FanOut;
}

/** Takes later copies of a message, which stood in the log for a moment, from those who have seen them there. */
export class VoidedCopies {
  readonly #parts: VoidedCopiesParts;

  constructor(parts: VoidedCopiesParts) {
    this.#parts = parts;
  }

  /**
   * Resolves when all members have the notice. Any number of times: who wrote the intent may have died before the copy
   * was void, and a store that has lost its tail since may have another message in its place, which stays.
   */
  async tell({ seq, ...copies }: VoidedIntentArgs): Promise<void> {
    const { store, clock, fanOut } = this.#parts;
    const chatId = chatOfLog(copies.log);
    if (chatId === null) return;
    await voidCopies(store, clock, copies);
    const entry = await store.listGet(copies.log, seq - 1);
    if (entry === VOID_ENTRY) await fanOut.tell(chatId, { kind: "hide", chatId, seqs: [seq] });
  }
}
