import { Value } from "typebox/value";
import { ReplyError } from "../errors.ts";
import type { ChatId } from "../ids.ts";
import type { Clock, Random } from "../platform.ts";
import { REQUESTS } from "../requests.ts";
import type { ChatPrefs, Draft } from "../schema/settings.ts";
import { Backoff } from "./backoff.ts";
import type { Requester } from "./requester.ts";
import type { ClientStorage, StorageChange } from "./storage.ts";

/** What a person types is sent so long after the first change, with what came since. */
const DRAFT_PAUSE_MS = 1_000;
/** Wishes of one storage: every chat that somebody touches in a day offline. */
const WISHES_MAX = 1_000;

/** A value that this device wants to be true on all devices of the user. */
export type Wish =
  | { readonly about: "prefs"; readonly chatId: ChatId; readonly prefs: ChatPrefs }
  | { readonly about: "draft"; readonly chatId: ChatId; readonly draft: Draft }
  | { readonly about: "setting"; readonly key: string; readonly value: string };

export interface WishesOut {
  maySend(): boolean;
  /** Resolves with the version that the value has now. */
  send(wish: Wish): Promise<number>;
  /** It is to be shown in place of what the server has. */
  held(wish: Wish): void;
  /** The server has it, under this version; `last` when nothing newer is wished here. */
  granted(wish: Wish, version: number, last: boolean): void;
  /** The server will not have it. */
  refused(wish: Wish, error: ReplyError): void;
  warning(what: string): void;
}

interface Held {
  readonly wish: Wish;
  /** Monotonic time before which it is not sent. */
  readonly notBefore: number;
}

/** Preferences, drafts and settings until the server has them: the newest value of each, kept over restarts. */
export class Wishes {
  readonly #storage: ClientStorage;
  readonly #clock: Clock;
  readonly #out: WishesOut;
  readonly #backoff: Backoff;
  readonly #held = new Map<string, Held>();
  #unwritten = new Set<string>();
  #writing: Promise<void> | null = null;
  #working = false;
  #cancelTimer: () => void = () => {};

  constructor(platform: { storage: ClientStorage; clock: Clock; random: Random }, out: WishesOut) {
    this.#storage = platform.storage;
    this.#clock = platform.clock;
    this.#out = out;
    this.#backoff = new Backoff(platform.random);
  }

  /** Takes over what the storage holds and nobody here has wished since. */
  async load(): Promise<void> {
    for (const [subject, value] of await this.#storage.all("wishes")) {
      if (this.#held.has(subject)) continue;
      this.#held.set(subject, { wish: value as Wish, notBefore: 0 });
      this.#out.held(value as Wish);
    }
  }

  want(wish: Wish): void {
    const subject = subjectOf(wish);
    const known = this.#held.get(subject);
    if (known === undefined && this.#held.size >= WISHES_MAX) return this.#out.warning("wishes: too many");
    const pause = wish.about === "draft" ? DRAFT_PAUSE_MS : 0;
    this.#held.set(subject, { wish, notBefore: known?.notBefore ?? this.#clock.monotonic() + pause });
    this.#write(subject);
    this.#out.held(wish);
    this.#later(pause);
  }

  start(): void {
    this.#backoff.reset();
    this.#later(0);
  }

  stop(): void {
    this.#cancelTimer();
  }

  /** Resolves when everything wished so far is written. */
  async settled(): Promise<void> {
    while (this.#writing !== null) await this.#writing;
  }

  #later(delayMs: number): void {
    if (this.#working) return;
    this.#cancelTimer();
    this.#cancelTimer = this.#clock.after(delayMs, () => void this.#work());
  }

  async #work(): Promise<void> {
    if (this.#working) return;
    this.#working = true;
    let waitMs: number | null = null;
    for (let next = this.#due(); next && waitMs === null && this.#out.maySend(); next = this.#due()) {
      waitMs = await this.#send(next);
    }
    this.#working = false;
    const pauseMs = Math.min(...[...this.#held.values()].map(({ notBefore }) => notBefore)) - this.#clock.monotonic();
    if (waitMs !== null) this.#later(waitMs);
    else if (this.#held.size > 0 && this.#out.maySend()) this.#later(Math.max(0, pauseMs));
  }

  /** Answers how long to wait before going on, or null. */
  async #send({ wish }: Held): Promise<number | null> {
    const subject = subjectOf(wish);
    try {
      const version = await this.#out.send(wish);
      this.#backoff.reset();
      const last = this.#held.get(subject)?.wish === wish;
      if (last) this.#drop(subject);
      else this.#pauseAgain(subject);
      this.#out.granted(wish, version, last);
    } catch (error) {
      if (!(error instanceof ReplyError) || error.retry) {
        return this.#backoff.next(error instanceof ReplyError ? error.retryAfterMs : 0);
      }
      if (this.#held.get(subject)?.wish === wish) this.#drop(subject);
      this.#out.refused(wish, error);
    }
    return null;
  }

  #drop(subject: string): void {
    this.#held.delete(subject);
    this.#write(subject);
  }

  /** More was typed while the draft was on its way. */
  #pauseAgain(subject: string): void {
    const held = this.#held.get(subject);
    if (held?.wish.about !== "draft") return;
    this.#held.set(subject, { ...held, notBefore: this.#clock.monotonic() + DRAFT_PAUSE_MS });
  }

  #due(): Held | undefined {
    const now = this.#clock.monotonic();
    for (const held of this.#held.values()) if (held.notBefore <= now) return held;
    return undefined;
  }

  /** Changes of one turn become one write. */
  #write(subject: string): void {
    this.#unwritten.add(subject);
    this.#writing ??= Promise.resolve()
      .then(() => this.#writeAll())
      .catch((error: unknown) => this.#out.warning(`wishes: ${String(error)}`))
      .finally(() => {
        this.#writing = null;
      });
  }

  async #writeAll(): Promise<void> {
    while (this.#unwritten.size > 0) {
      const subjects = this.#unwritten;
      this.#unwritten = new Set();
      const changes = [...subjects].map((key): StorageChange => {
        const held = this.#held.get(key);
        return held ? { table: "wishes", key, value: held.wish } : { table: "wishes", key, remove: true };
      });
      await this.#storage.write(changes);
    }
  }
}

/** Would the server take it for what its table says? */
export function isWish(wish: Wish): boolean {
  switch (wish.about) {
    case "prefs":
      return Value.Check(REQUESTS["chat.setPrefs"].params, { chatId: wish.chatId, prefs: wish.prefs });
    case "draft":
      return Value.Check(REQUESTS["chat.setDraft"].params, { chatId: wish.chatId, draft: wish.draft });
    case "setting":
      return Value.Check(REQUESTS["settings.set"].params, { key: wish.key, value: wish.value });
    default:
      return wish satisfies never;
  }
}

export async function sendWish(requester: Requester, wish: Wish): Promise<number> {
  switch (wish.about) {
    case "prefs":
      return (await requester.request("chat.setPrefs", { chatId: wish.chatId, prefs: wish.prefs })).version;
    case "draft":
      return (await requester.request("chat.setDraft", { chatId: wish.chatId, draft: wish.draft })).version;
    case "setting":
      return (await requester.request("settings.set", { key: wish.key, value: wish.value })).version;
    default:
      return wish satisfies never;
  }
}

function subjectOf(wish: Wish): string {
  return wish.about === "setting" ? `setting:${wish.key}` : `${wish.about}:${wish.chatId}`;
}
