import type { ChatId, EventData, Reaction, UserId } from "@parley/protocol";
import { limits } from "@parley/protocol";
import { makeAutoObservable, observable, runInAction } from "mobx";
import type { People } from "./people.ts";
import type { Talk } from "./talk.ts";

/** Messages whose reactions are kept; more than a timeline holds. */
const KNOWN_MAX = 2_000;

interface Stretch {
  readonly from: number;
  readonly to: number;
}

export interface ReactionsParts {
  readonly talk: Talk;
  /** Asked for the names of those who are shown. */
  readonly people: Pick<People, "want">;
  /** Who is signed in. */
  readonly me: () => UserId | null;
}

/** Reactions to the messages of one chat: asked for once where somebody looks, and kept fresh by what is told live. */
export class Reactions {
  readonly #bySeq = observable.map<number, readonly Reaction[]>(undefined, { deep: false });
  readonly #known = new Set<number>();
  /** On its way from the server, and what has changed meanwhile. */
  #asked: Stretch | null = null;
  readonly #changed = new Set<number>();
  #looked: Stretch | null = null;
  readonly #chatId: ChatId;
  readonly #talk: Talk;
  readonly #people: Pick<People, "want">;
  readonly #me: () => UserId | null;

  constructor(chatId: ChatId, { talk, people, me }: ReactionsParts) {
    this.#chatId = chatId;
    this.#talk = talk;
    this.#people = people;
    this.#me = me;
    makeAutoObservable(this);
  }

  of(seq: number | undefined): readonly Reaction[] {
    return (seq === undefined ? undefined : this.#bySeq.get(seq)) ?? [];
  }

  /** These messages are on screen. While one question is under way only the last look counts. */
  look(from: number, to: number): void {
    this.#looked = { from, to };
    void this.#ask();
  }

  /** Nobody can have reacted before they came. */
  arrived(seqs: readonly number[]): void {
    this.#bound();
    for (const seq of seqs) this.#known.add(seq);
  }

  /** Something may have been missed. */
  refresh(): void {
    this.#known.clear();
    void this.#ask();
  }

  forget(): void {
    this.#looked = null;
    this.#known.clear();
    this.#bySeq.clear();
  }

  apply({ seq, userId, emoji, on }: Omit<EventData<"reaction.changed">, "chatId">): void {
    if (this.#asked !== null && seq >= this.#asked.from && seq <= this.#asked.to) this.#changed.add(seq);
    if (this.#known.has(seq)) this.#put(seq, { userId, emoji, on });
  }

  isMine(seq: number, emoji: string): boolean {
    return this.of(seq).some((reaction) => reaction.emoji === emoji && reaction.mine);
  }

  /** Shown at once; taken back when the server refuses it. */
  async toggle(seq: number, emoji: string): Promise<void> {
    const on = !this.isMine(seq, emoji);
    const userId = this.#me() ?? "";
    this.#put(seq, { userId, emoji, on });
    try {
      await this.#talk.request("message.react", { chatId: this.#chatId, seq, emoji, on });
    } catch (error) {
      runInAction(() => this.#put(seq, { userId, emoji, on: !on }));
      throw error;
    }
  }

  #put(seq: number, { userId, emoji, on }: { userId: UserId; emoji: string; on: boolean }): void {
    const mine = userId === this.#me();
    this.#people.want([userId]);
    const all = this.of(seq);
    const known = all.find((reaction) => reaction.emoji === emoji);
    if (known === undefined) {
      if (on) this.#bySeq.set(seq, [...all, { emoji, count: 1, mine, people: [userId] }]);
      return;
    }
    // What one does oneself is shown before it is told.
    if (
      mine ? known.mine === on : known.people.includes(userId) === on && (on || known.people.length === known.count)
    ) {
      return;
    }
    const others = known.people.filter((person) => person !== userId);
    const changed: Reaction = {
      emoji,
      count: known.count + (on ? 1 : -1),
      mine: mine ? on : known.mine,
      people: on && others.length < limits.REACTION_PEOPLE_MAX ? [...others, userId] : others,
    };
    const rest = all.map((reaction) => (reaction.emoji === emoji ? changed : reaction));
    this.#bySeq.set(
      seq,
      rest.filter(({ count }) => count > 0),
    );
  }

  async #ask(): Promise<void> {
    if (this.#asked !== null) return;
    for (let stretch = this.#next(); stretch !== null; stretch = this.#next()) {
      this.#asked = stretch;
      this.#changed.clear();
      try {
        const { messages } = await this.#talk.request("message.reactions", { chatId: this.#chatId, ...stretch });
        runInAction(() => this.#learn(stretch, new Map(messages.map(({ seq, reactions }) => [seq, reactions]))));
      } catch {
        // Asked again when somebody looks again, or the connection is back.
        return;
      } finally {
        this.#asked = null;
      }
    }
  }

  /** What was looked at last and is not known yet. */
  #next(): Stretch | null {
    if (this.#looked === null) return null;
    let { from, to } = this.#looked;
    while (from <= to && this.#known.has(from)) from += 1;
    while (to >= from && this.#known.has(to)) to -= 1;
    return from > to ? null : { from, to: Math.min(to, from + limits.REACTIONS_RANGE_MAX - 1) };
  }

  #learn({ from, to }: Stretch, found: ReadonlyMap<number, readonly Reaction[]>): void {
    this.#bound();
    for (let seq = from; seq <= to; seq += 1) {
      if (this.#changed.has(seq)) continue;
      this.#known.add(seq);
      const reactions = found.get(seq);
      if (reactions === undefined) this.#bySeq.delete(seq);
      else {
        this.#bySeq.set(seq, reactions);
        this.#people.want(reactions.flatMap(({ people }) => people));
      }
    }
  }

  #bound(): void {
    if (this.#known.size < KNOWN_MAX) return;
    this.#known.clear();
    this.#bySeq.clear();
  }
}
