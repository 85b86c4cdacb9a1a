import type { ChatId, Clock, Draft } from "@parley/protocol";
import { limits } from "@parley/protocol";
import { makeAutoObservable, observable, runInAction } from "mobx";
import type { Shelf } from "./shelf.ts";
import type { Talk } from "./talk.ts";

/** Drafts kept; the oldest goes first. */
const DRAFTS_MAX = 200;
/**
 * Typing is faster than a disk: the first letter is saved at once, those after it together. So are they told to the client
 * library, which checks, shows and stores each; no letter has to wait for that.
 */
const SAVE_PAUSE_MS = 400;

/** Own words that may come back as an echo; by then more is written. */
const ECHOES_MAX = 64;

/** What was written and not sent, one text a chat; outlives a reload, and is the same on the user's other devices. */
export class Drafts {
  readonly #texts = observable.map<ChatId, string>();
  readonly #shelf: Shelf<Record<ChatId, string>>;
  readonly #clock: Clock;
  readonly #talk: Pick<Talk, "setDraft">;
  /** As the devices of the user last agreed. */
  readonly #agreed = new Map<ChatId, string>();
  /** What was written here, of the chat that was last written in. */
  #told: { readonly chatId: ChatId; readonly texts: string[] } | null = null;
  /** Written here, and not yet told to the client library. */
  readonly #untold = new Map<ChatId, string>();
  #cancelPause: (() => void) | null = null;
  #unsaved = false;

  constructor(shelf: Shelf<Record<ChatId, string>>, clock: Clock, talk: Pick<Talk, "setDraft">) {
    this.#shelf = shelf;
    this.#clock = clock;
    this.#talk = talk;
    makeAutoObservable(this);
  }

  text(chatId: ChatId): string {
    return this.#texts.get(chatId) ?? "";
  }

  async restore(): Promise<void> {
    const texts = await this.#shelf.read();
    runInAction(() => {
      for (const [chatId, text] of Object.entries(texts ?? {})) {
        // What was typed while the shelf was being read is newer.
        if (!this.#texts.has(chatId)) this.#texts.set(chatId, text);
      }
    });
  }

  set(chatId: ChatId, text: string): void {
    if (this.#told?.chatId !== chatId) this.#told = { chatId, texts: [] };
    this.#told.texts.push(text.slice(0, limits.TEXT_MAX_BYTES));
    if (this.#told.texts.length > ECHOES_MAX) this.#told.texts.shift();
    this.#untold.set(chatId, text);
    this.#keep(chatId, text);
  }

  /** What the user's devices agree on now. An echo of what was written here takes nothing back from who writes on. */
  learn(chatId: ChatId, { text }: Draft): void {
    const before = this.#agreed.get(chatId);
    this.#agreed.set(chatId, text);
    // What is being written here is newer, and about to be told.
    if (text === (before ?? "") || this.#untold.has(chatId)) return;
    const echo = this.#told?.chatId === chatId && this.#told.texts.includes(text);
    if (echo || this.text(chatId).slice(0, limits.TEXT_MAX_BYTES) === text) return;
    this.#keep(chatId, text);
  }

  #keep(chatId: ChatId, text: string): void {
    this.#texts.delete(chatId);
    // A draft may be too long to send, so that it can be cut; not so long that it fills the disk.
    if (text !== "") this.#texts.set(chatId, text.slice(0, 4 * limits.TEXT_MAX_BYTES));
    for (const oldest of this.#texts.keys()) {
      if (this.#texts.size <= DRAFTS_MAX) break;
      this.#texts.delete(oldest);
    }
    this.#unsaved = true;
    // What was sent would come back as a draft, were the page to go before it is told.
    if (this.#cancelPause === null || text === "") void this.flush();
  }

  /** Writes and tells what has not been; the next time waits for a while. */
  async flush(): Promise<void> {
    this.#cancelPause?.();
    this.#cancelPause = null;
    if (!this.#unsaved) return;
    this.#unsaved = false;
    this.#cancelPause = this.#clock.after(SAVE_PAUSE_MS, () => void this.flush());
    for (const [chatId, text] of this.#untold) this.#talk.setDraft(chatId, { text });
    this.#untold.clear();
    await this.#shelf.write(Object.fromEntries(this.#texts));
  }

  clear(): void {
    this.#cancelPause?.();
    this.#cancelPause = null;
    this.#unsaved = false;
    this.#texts.clear();
    this.#untold.clear();
    this.#agreed.clear();
    this.#told = null;
  }
}
