import type { ChatId, Clock, PollState } from "@parley/protocol";
import { makeAutoObservable, observable, runInAction } from "mobx";
import type { People } from "./people.ts";
import type { Talk } from "./talk.ts";

/**
 * Everybody who looks at a poll asks for its votes when they change, so each asks the less often the more there are:
 * twice a second of two people, every ten seconds of two thousand.
 */
const PAUSE_MS = 500;
const PAUSE_PER_MEMBER_MS = 5;
const PAUSE_MAX_MS = 10_000;

export interface PollsParts {
  readonly talk: Talk;
  /** Asked for the names of those who are shown. */
  readonly people: Pick<People, "want">;
  readonly clock: Clock;
  readonly members: () => number;
}

/** Polls whose votes are kept; more than are ever on screen. */
const KNOWN_MAX = 200;

/** The votes of the polls of one chat, of those that somebody looks at. */
export class Polls {
  readonly #states = observable.map<number, PollState>(undefined, { deep: false });
  /** On screen, by how many cards. */
  readonly #watched = new Map<number, number>();
  /** A question under way; true when it has to be asked again after it. */
  readonly #asking = new Map<number, boolean>();
  readonly #chatId: ChatId;
  readonly #parts: PollsParts;

  constructor(chatId: ChatId, parts: PollsParts) {
    this.#chatId = chatId;
    this.#parts = parts;
    makeAutoObservable(this);
  }

  /** Undefined until the server has said. */
  state(seq: number): PollState | undefined {
    return this.#states.get(seq);
  }

  /** A card shows this poll. The answer ends it. */
  watch(seq: number): () => void {
    this.#watched.set(seq, (this.#watched.get(seq) ?? 0) + 1);
    void this.#ask(seq);
    return () => {
      const left = (this.#watched.get(seq) ?? 1) - 1;
      if (left > 0) this.#watched.set(seq, left);
      else this.#watched.delete(seq);
    };
  }

  /** Votes changed, or it was closed. */
  apply(seq: number): void {
    if (this.#watched.has(seq)) void this.#ask(seq);
  }

  /** Something may have been missed. */
  refresh(): void {
    for (const seq of this.#watched.keys()) void this.#ask(seq);
  }

  forget(): void {
    this.#states.clear();
  }

  async vote(seq: number, options: readonly number[]): Promise<void> {
    const { poll } = await this.#parts.talk.request("message.vote", {
      chatId: this.#chatId,
      seq,
      options: [...options],
    });
    runInAction(() => this.#learn(seq, poll));
  }

  async close(seq: number): Promise<void> {
    await this.#parts.talk.request("message.closePoll", { chatId: this.#chatId, seq });
    await this.#ask(seq);
  }

  async #ask(seq: number): Promise<void> {
    if (this.#asking.has(seq)) {
      this.#asking.set(seq, true);
      return;
    }
    try {
      do {
        this.#asking.set(seq, false);
        const { poll } = await this.#parts.talk.request("message.poll", { chatId: this.#chatId, seq });
        runInAction(() => this.#learn(seq, poll));
        await this.#pause();
      } while (this.#asking.get(seq) === true && this.#watched.has(seq));
    } catch {
      // Asked again when it is looked at again, or the connection is back.
    } finally {
      this.#asking.delete(seq);
    }
  }

  #pause(): Promise<void> {
    const { clock, members } = this.#parts;
    const ms = Math.min(PAUSE_MAX_MS, Math.max(PAUSE_MS, PAUSE_PER_MEMBER_MS * members()));
    return new Promise((resolve) => void clock.after(ms, resolve));
  }

  #learn(seq: number, poll: PollState): void {
    if (this.#states.size >= KNOWN_MAX) this.#states.clear();
    this.#states.set(seq, poll);
    this.#parts.people.want((poll.people ?? []).flat());
  }
}
