import type { Message as LogEntry } from "@parley/protocol";
import { limits } from "@parley/protocol";
import { makeAutoObservable, observableRef, runInAction } from "mobx";
import { fromLog, type Message } from "./message.ts";
import type { Talk } from "./talk.ts";

/** One page: two screens of a tall window. */
const PAGE = 60;
/** Messages held of one chat: scrolling through 100,000 keeps the memory of 1,200. */
const WINDOW_MAX = 1_200;
/** A stretch that grows at its end while people look at it begins anew beyond this: rarely, for the list is made again then. */
const GROWN_MAX = 2 * WINDOW_MAX;
/** Nor does it grow without end while they read further up, or mark some text. */
const HELD_MAX = 3 * WINDOW_MAX;
/** What is kept of a chat that nobody looks at. */
const WINDOW_IDLE = 2 * PAGE;
/** Index of the first message ever loaded; those before it count down from here, and there is room for any log. */
const INDEX_ORIGIN = 1_000_000_000;

/** The stretch of a chat's log that is loaded: without gaps, sliding over the log as people scroll. */
export class Timeline {
  shown: readonly Message[] = [];
  /** Index of `shown[0]` on the list's own ruler; moves by what is put before or taken away in front. */
  firstIndex = INDEX_ORIGIN;
  /** Nothing lies before `shown`. */
  reachedStart = false;
  loading: "none" | "first" | "older" | "newer" = "none";
  failed = false;
  loaded = false;
  /** Bumped when the stretch is another one now, so that the list starts anew. */
  life = 0;
  /** Seqs of the stretch, hidden entries included. */
  first = 0;
  last = 0;
  /** Newest seq of the chat that is known of. */
  head = 0;
  readonly #chatId: string;
  readonly #talk: Talk;
  readonly #met: (messages: readonly Message[]) => void;
  #looked = false;
  #latestLoad: Promise<void> = Promise.resolve();

  /** `met` is told of every message that comes into the stretch. */
  constructor(chatId: string, talk: Talk, met: (messages: readonly Message[]) => void) {
    this.#chatId = chatId;
    this.#talk = talk;
    this.#met = met;
    makeAutoObservable(this, { shown: observableRef });
  }

  /** The newest message is part of the stretch. */
  get atLatest(): boolean {
    return this.loaded && this.last >= this.head;
  }

  /** So much has come since it was opened that whoever is at its end should see it begin anew. */
  get grown(): boolean {
    return this.atLatest && this.shown.length > GROWN_MAX;
  }

  /** Keeps the newest alone. */
  startAnew(): void {
    if (!this.grown) return;
    this.#trimStart(WINDOW_IDLE);
    this.firstIndex = INDEX_ORIGIN;
    this.life += 1;
  }

  /** Loads the newest messages, or the stretch in which `from` lies. */
  async open(from?: number): Promise<void> {
    if (this.loading !== "none") return;
    const before = from === undefined ? this.head + 1 : from + PAGE / 2;
    const page = before > this.head ? { limit: PAGE } : { before, limit: PAGE };
    await this.#load("first", page, ({ messages, more }) => {
      this.#restart(messages);
      this.reachedStart = !more;
    });
    if (this.loaded) await this.loadNewer();
  }

  /** People look at it from now on: it may grow, and what is new is to be in it. Null: nothing is. */
  wake(newSeq: number | null): void {
    this.#looked = true;
    const missing = newSeq !== null && newSeq < this.first && !this.reachedStart;
    if (this.loaded && missing) this.#forget();
  }

  /** Sees to it that the stretch ends with the newest message; what is being loaded is waited for. */
  async goToEnd(): Promise<void> {
    while (this.loading !== "none") await this.#latestLoad;
    if (!this.atLatest) await this.open();
  }

  /** Sees to it that the stretch holds this message; what is being loaded is waited for. */
  async goTo(seq: number): Promise<void> {
    while (this.loading !== "none") await this.#latestLoad;
    if (!this.loaded || seq < this.first || seq > this.last) await this.open(seq);
  }

  async loadOlder(): Promise<void> {
    if (this.loading !== "none" || this.reachedStart || !this.loaded) return;
    await this.#load("older", { before: this.first, limit: PAGE }, ({ messages, more }) => {
      const earlier = this.#visible(messages.filter(({ seq }) => seq < this.first));
      this.first = Math.min(this.first, messages[0]?.seq ?? this.first);
      this.shown = [...earlier, ...this.shown];
      this.firstIndex -= earlier.length;
      this.reachedStart = !more || messages.length === 0;
      this.#trimEnd(WINDOW_MAX);
    });
  }

  async loadNewer(): Promise<void> {
    if (this.loading !== "none" || !this.loaded || this.atLatest) return;
    await this.#load("newer", { after: this.last, limit: PAGE }, ({ messages, more }) => {
      this.#append(messages.filter(({ seq }) => seq > this.last));
      // The server has nothing beyond: then what we heard of is all there.
      if (!more) this.head = Math.max(this.last, messages.at(-1)?.seq ?? 0);
      this.#trimStart(WINDOW_MAX);
    });
  }

  /** The chat has grown up to `seq`. */
  hear(seq: number): void {
    this.head = Math.max(this.head, seq);
  }

  /** Live or synced messages, ascending. */
  apply(messages: readonly LogEntry[], restart: boolean): void {
    const last = messages.at(-1);
    if (restart) {
      this.head = last?.seq ?? 0;
      if (this.loaded) {
        this.#restart(messages);
        this.reachedStart = this.first <= 1;
      }
      return;
    }
    const wasLatest = this.atLatest;
    if (last !== undefined) this.hear(last.seq);
    if (!wasLatest || this.shown.length >= HELD_MAX) return;
    const next = messages.filter(({ seq }) => seq > this.last);
    // Only what adjoins: a stretch with a hole would show a conversation that never was.
    if (next[0]?.seq !== this.last + 1) return;
    this.#append(next);
    if (!this.#looked) this.#trimStart(WINDOW_IDLE);
  }

  /** Entries that were shown are these now, or are not shown any more. */
  revise(messages: readonly LogEntry[]): void {
    const entries = new Map(messages.map((entry) => [entry.seq, entry]));
    if (!this.shown.some(({ seq }) => seq !== undefined && entries.has(seq))) return;
    this.shown = this.shown.flatMap((message) => {
      const entry = message.seq === undefined ? undefined : entries.get(message.seq);
      if (entry === undefined) return [message];
      return this.#visible([entry]);
    });
  }

  /** Nobody looks any more: only the newest stay. */
  rest(): void {
    this.#looked = false;
    if (!this.atLatest) this.#forget();
    else this.#trimStart(WINDOW_IDLE);
  }

  indexOfKey(key: string): number {
    return this.shown.findIndex((message) => message.key === key);
  }

  #load(
    what: "first" | "older" | "newer",
    page: { before?: number; after?: number; limit: number },
    apply: (page: { messages: readonly LogEntry[]; more: boolean }) => void,
  ): Promise<void> {
    this.#latestLoad = this.#fetch(what, page, apply);
    return this.#latestLoad;
  }

  async #fetch(
    what: "first" | "older" | "newer",
    page: { before?: number; after?: number; limit: number },
    apply: (page: { messages: readonly LogEntry[]; more: boolean }) => void,
  ): Promise<void> {
    this.loading = what;
    this.failed = false;
    const life = this.life;
    try {
      const answer = await this.#talk.history(this.#chatId, {
        ...page,
        limit: Math.min(page.limit, limits.HISTORY_PAGE_MAX),
      });
      runInAction(() => {
        // A restart in between made this page one of a log that is no more.
        if (this.life === life) apply(answer);
      });
    } catch {
      runInAction(() => {
        this.failed = true;
      });
    } finally {
      runInAction(() => {
        this.loading = "none";
      });
    }
  }

  #restart(messages: readonly LogEntry[]): void {
    this.shown = this.#visible(messages);
    this.first = messages[0]?.seq ?? 1;
    this.last = messages.at(-1)?.seq ?? 0;
    this.hear(this.last);
    this.firstIndex = INDEX_ORIGIN;
    this.loaded = true;
    this.life += 1;
  }

  #append(messages: readonly LogEntry[]): void {
    const later = this.#visible(messages);
    this.last = messages.at(-1)?.seq ?? this.last;
    if (later.length > 0) this.shown = [...this.shown, ...later];
  }

  #visible(messages: readonly LogEntry[]): Message[] {
    const visible = messages.map(fromLog).filter((message) => message !== null);
    this.#met(visible);
    return visible;
  }

  #trimStart(max: number): void {
    const extra = this.shown.length - max;
    const first = this.shown[extra];
    if (extra <= 0 || first?.seq === undefined) return;
    this.shown = this.shown.slice(extra);
    this.firstIndex += extra;
    this.first = first.seq;
    this.reachedStart = false;
  }

  #trimEnd(max: number): void {
    if (this.shown.length <= max) return;
    this.shown = this.shown.slice(0, max);
    this.last = this.shown.at(-1)?.seq ?? this.last;
  }

  #forget(): void {
    this.shown = [];
    this.first = 0;
    this.last = 0;
    this.loaded = false;
    this.life += 1;
    this.reachedStart = false;
  }
}
