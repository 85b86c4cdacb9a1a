import {
  type CallFact,
  type CallId,
  type CallState,
  type ChatId,
  nextCall,
  ReplyError,
  refusalOf,
} from "@parley/protocol";
import { addCallFact, type ListedCall, readCallFacts } from "../../records/call-record.ts";
import { callKey } from "../../store/keys.ts";
import type { Kv } from "../../store/kv.ts";

/** Calls remembered, at some 3 KiB each; one more costs a read again. */
const KNOWN_MAX = 4_000;
/** Ids of calls that were seen through, at some 100 bytes each: of 400 a second between the end of each and its look. */
const SEEN_THROUGH_MAX = 20_000;

interface Known {
  /** Null: it was heard of, and not read yet. */
  state: CallState | null;
  /** Facts that are in the state. */
  length: number;
  /** Facts that there are, as far as was heard. */
  heard: number;
  /** Facts that devices at this node were told of; what was only read they have not heard. */
  told: number;
  /** The chat of a call of which nothing was read, and that goes on as far as was heard. */
  goesOnIn: ChatId | null;
}

const UNKNOWN: Readonly<Known> = { state: null, length: 0, heard: 0, told: 0, goesOnIn: null };

/** What a node is told of a call that has so many facts. */
export interface Heard {
  readonly chatId: ChatId;
  readonly callId: CallId;
  readonly version: number;
  /** It has ended. */
  readonly over?: true;
}

/** What an attempt to add a fact came to. */
export interface Added<T> {
  readonly state: CallState;
  /** False: nobody has to be told, it was so already. */
  readonly changed: boolean;
  readonly seen: T;
}

/**
 * Calls as this node knows them: the fold of their facts, kept up by reading what came since. What other nodes add is
 * heard of, at most once and late, so whatever decides something adds a fact, and the order in the store counts.
 */
export class KnownCalls {
  readonly #store: Kv;
  /** The one used the longest ago comes first. */
  readonly #known = new Map<CallId, Known>();
  /** Calls that have ended, and all that follows from it was done, as far as this epoch of the store goes. */
  readonly #seenThrough = new Set<CallId>();

  constructor(store: Kv) {
    this.#store = store;
  }

  /**
   * Facts were added, here or at another node, and the devices at this node are told. Not when the answer is false: they were told
   * of later ones, and who has come since would take the earlier state for the present one.
   */
  heard({ chatId, callId, version, over }: Heard): boolean {
    const known = this.#of(callId);
    if (version < known.told) return false;
    if (version >= known.heard) known.goesOnIn = over === true ? null : chatId;
    known.heard = Math.max(known.heard, version);
    known.told = version;
    this.#remember(callId, known);
    return true;
  }

  /** As far as this node knows, without a read where it knows enough. Null: there is no such call. */
  async about(callId: CallId): Promise<CallState | null> {
    return this.known(callId) ?? this.fresh(callId);
  }

  /** The same; null, too, where it takes a read. */
  known(callId: CallId): CallState | null {
    const { state, heard, length } = this.#known.get(callId) ?? UNKNOWN;
    return heard > length ? null : state;
  }

  /** As the store has it now. */
  async fresh(callId: CallId): Promise<CallState | null> {
    const from = this.#of(callId).length;
    // It does not change any more.
    if (this.#of(callId).state?.call.state === "ended") return this.#of(callId).state;
    const facts = await readCallFacts(this.#store, callId, from);
    const known = this.#of(callId);
    // Forgotten meanwhile.
    if (known.length < from) return this.fresh(callId);
    // Another read may have been faster.
    for (const fact of facts.slice(known.length - from)) this.#apply(callId, known, fact);
    known.heard = known.length;
    if (known.state !== null) this.#remember(callId, known);
    else this.#known.delete(callId);
    return known.state;
  }

  /**
   * Adds the fact unless it is refused. Throws the refusal; `CALL_NOT_FOUND` where there is no such call, also when it was
   * forgotten meanwhile. That the fact is there does not say that it counts: another one may have come first. `look` reads
   * what counts once it is there, and is answered.
   */
  async add<T>(callId: CallId, fact: CallFact, look: () => Promise<T>): Promise<Added<T>> {
    // Whether there is one already is answered by adding the first.
    let state = fact.kind === "started" ? this.#of(callId).state : (this.known(callId) ?? (await this.fresh(callId)));
    // What this node knows may be old: who is refused by it is refused by the store, or not.
    if (refusalOf(state, fact) !== null) state = await this.fresh(callId);
    const refusal = refusalOf(state, fact);
    if (refusal === "unchanged" && state !== null) return { state, changed: false, seen: await look() };
    if (refusal !== null && refusal !== "unchanged") throw new ReplyError(refusal);
    const adding = addCallFact(this.#store, callId, fact);
    const [length, seen] = await Promise.all([adding, this.#store.inOrder ? look() : adding.then(look)]);
    if (length === 1 && fact.kind !== "started") {
      this.#known.delete(callId);
      await this.#store.delete(callKey(callId));
      throw new ReplyError("CALL_NOT_FOUND");
    }
    return { state: await this.#follow(callId, length, fact), changed: true, seen };
  }

  /** As far as this node knows, without a read: the call once this fact is added. */
  after(callId: CallId, fact: CallFact): CallState | null {
    return nextCall((this.#known.get(callId) ?? UNKNOWN).state, callId, fact);
  }

  /** How many facts this node knows of. */
  lengthOf(callId: CallId): number {
    return (this.#known.get(callId) ?? UNKNOWN).length;
  }

  /** The version of which the devices at this node were told. */
  toldOf(callId: CallId): number {
    return (this.#known.get(callId) ?? UNKNOWN).told;
  }

  /** Calls of which the devices at this node may have to be told: those that go on, and of which they have not heard all. */
  *unsettled(): Iterable<ListedCall> {
    for (const [callId, { state, length, told, goesOnIn }] of this.#known) {
      if (state === null) {
        if (goesOnIn !== null) yield { chatId: goesOnIn, callId };
      } else if (state.call.state !== "ended" || told < length) yield state.call;
    }
  }

  /** All that follows from this end was done. Not in another epoch of the store than the one in which it was found. */
  sawThrough(state: CallState): void {
    const { callId } = state.call;
    if (this.#known.get(callId)?.state !== state) return;
    this.#seenThrough.add(callId);
    if (this.#seenThrough.size > SEEN_THROUGH_MAX) {
      const [oldest] = this.#seenThrough;
      if (oldest !== undefined) this.#seenThrough.delete(oldest);
    }
  }

  /** True once after that: a call has one look after its end. */
  takeSeenThrough(callId: CallId): boolean {
    return this.#seenThrough.delete(callId);
  }

  /** The store has fewer facts than this node knows. */
  drop(callId: CallId): void {
    this.#known.delete(callId);
  }

  /** The store has a new epoch: facts that were known may be lost. */
  forget(): void {
    this.#known.clear();
    this.#seenThrough.clear();
  }

  async #follow(callId: CallId, length: number, fact: CallFact): Promise<CallState> {
    const known = this.#of(callId);
    if (known.length + 1 === length) {
      this.#apply(callId, known, fact);
      this.#remember(callId, known);
    }
    const state = known.length < length ? await this.fresh(callId) : known.state;
    if (state === null) throw new ReplyError("CALL_NOT_FOUND");
    return state;
  }

  #of(callId: CallId): Known {
    return this.#known.get(callId) ?? { ...UNKNOWN };
  }

  #apply(callId: CallId, known: Known, fact: CallFact): void {
    known.state = nextCall(known.state, callId, fact);
    known.length += 1;
  }

  #remember(callId: CallId, known: Known): void {
    this.#known.delete(callId);
    this.#known.set(callId, known);
    if (this.#known.size > KNOWN_MAX) this.#known.delete(this.#known.keys().next().value ?? callId);
  }
}
