import type { ChatId, UserId } from "@parley/protocol";
import { chatPins } from "../store/keys.ts";
import type { Kv } from "../store/kv.ts";
import { addFact, latestFact, latestFacts } from "./facts.ts";
import { retractedOf } from "./message-target.ts";

/** A message that is pinned, and the entry that says so. */
export interface Pin {
  readonly seq: number;
  readonly by: UserId;
  readonly at: number;
  readonly entrySeq: number;
}

const OFF = "off";

/** What a `pinned` entry of the log says, as a fact about the message. */
export interface PinFact {
  /** Of the entry. */
  readonly entrySeq: number;
  readonly seq: number;
  readonly on: boolean;
  readonly by: UserId;
  readonly at: number;
}

export async function writePin(store: Kv, chatId: ChatId, { entrySeq, seq, on, by, at }: PinFact): Promise<void> {
  await addFact(store, chatPins(chatId), String(seq), { seq: entrySeq, value: on ? `${by}:${at}` : OFF });
}

/** The entry that pinned the message; null while it is not pinned. */
export async function pinnedBy(store: Kv, chatId: ChatId, seq: number): Promise<number | null> {
  const fact = await latestFact(store, chatPins(chatId), String(seq));
  return fact === null || fact.value === OFF ? null : fact.seq;
}

/** The one pinned last first. What was taken back is no longer pinned. */
export async function pinsOf(store: Kv, chatId: ChatId): Promise<Pin[]> {
  const pins: Pin[] = [];
  for (const [seq, { seq: entrySeq, value }] of await latestFacts(store, chatPins(chatId))) {
    if (value === OFF) continue;
    const [by = "", at] = value.split(":");
    pins.push({ seq: Number(seq), by, at: Number(at), entrySeq });
  }
  const gone = await retractedOf(
    store,
    chatId,
    pins.map(({ seq }) => seq),
  );
  return pins.filter(({ seq }) => !gone.has(seq)).sort((a, b) => b.entrySeq - a.entrySeq);
}
