import type { ChatId, ClientId, UserId } from "@parley/protocol";
import { readClaim } from "../../records/claim.ts";
import { readExpiry, readHead } from "../../records/entry.ts";
import { chatLog } from "../../store/keys.ts";
import type { Kv } from "../../store/kv.ts";
import type { Due } from "../deeds/due.ts";

/** A message that is about to be stored, and is to be erased at its time. */
export interface VanishArgs {
  readonly chatId: ChatId;
  readonly sender: UserId;
  readonly clientId: ClientId;
}

export interface VanishingParts {
  readonly store: Kv;
  readonly due: () => Due;
  /** Erases the message and tells everybody. Any number of times. */
  readonly erase: (message: { chatId: ChatId; seq: number; clientId: ClientId }) => Promise<void>;
}

/** The kind of timed deed. */
export const VANISHES = "vanishes";

/** Messages that disappear: each is remembered with its time, also when the node dies right after it stored the message. */
export class Vanishing {
  readonly #parts: VanishingParts;

  constructor(parts: VanishingParts) {
    this.#parts = parts;
  }

  /** After the append. The time is that of the stored message: a resend may come under another setting of the chat. */
  async remember(chatId: ChatId, seq: number): Promise<void> {
    const { store, due } = this.#parts;
    const expiresAt = readExpiry((await store.listGet(chatLog(chatId), seq - 1)) ?? "");
    if (expiresAt !== null) await due().add(VANISHES, `${chatId}:${seq}`, expiresAt);
  }

  /** From an intent: a message that was never stored need not vanish. */
  async replay({ chatId, sender, clientId }: VanishArgs): Promise<void> {
    const claim = await readClaim(this.#parts.store, chatId, sender, clientId);
    if (claim?.state === "pending") throw new Error("It is not known yet whether the message was stored");
    if (claim !== null) await this.remember(chatId, claim.seq);
  }

  /** The timed deed. */
  async vanish(name: string): Promise<void> {
    const { store, erase } = this.#parts;
    const [chatId = "", place] = name.split(":");
    const seq = Number(place);
    const text = (await store.listGet(chatLog(chatId), seq - 1)) ?? "";
    const head = readHead(text);
    // Erased, perhaps by one who died before anybody was told: then it is told again.
    const gone = head?.kind === "retracted";
    if (head !== null && (gone || readExpiry(text) !== null)) await erase({ chatId, seq, clientId: head.clientId });
  }
}
