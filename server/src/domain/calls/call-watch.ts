import { type CallFact, type CallState, type Clock, limits, refusalOf } from "@parley/protocol";
import { expireCall, extendCall, isListed, unlistCall } from "../../records/call-record.ts";
import { callKept } from "../../store/keys.ts";
import type { Kv } from "../../store/kv.ts";
import type { Due } from "../deeds/due.ts";
import type { CallChanges } from "./call-changes.ts";
import type { CallEnding } from "./call-ending.ts";
import type { KnownCalls } from "./known-calls.ts";

/** The kind of timed deed. */
export const CALL_LOOK = "call";
/** Clocks of nodes differ: a look that comes a moment too early is made again after this. */
const AGAIN_MS = 1_000;

export interface CallWatchParts {
  readonly store: Kv;
  readonly clock: Clock;
  readonly due: () => Due;
  readonly known: KnownCalls;
  readonly changes: CallChanges;
  readonly ending: CallEnding;
}

/**
 * Looks after each call until it has ended, on whichever node leads: who does not answer has missed it, who is not
 * heard of is out, and what a node that died left undone at an end is done. After the end there is one more, from which on
 * the call is about to be forgotten; where this node has ended it itself, that is all that look does. Each look sets the time
 * of the next one before it is through; they are numbered, so that two leaders who overlap set the same one.
 */
export class CallWatch {
  readonly #parts: CallWatchParts;

  constructor(parts: CallWatchParts) {
    this.#parts = parts;
  }

  /** Before anything of the call is written. */
  async begin(call: { readonly callId: string; readonly chatId: string }): Promise<void> {
    await this.#set(call, 0, this.#parts.clock.now() + limits.CALL_RING_MS);
  }

  /** The timed deed. */
  async look(name: string): Promise<void> {
    const { store, known, ending } = this.#parts;
    const [callId = "", chatId = "", number] = name.split(":");
    // Most have ended before, and this node may know that nothing is left to do.
    if (known.takeSeenThrough(callId)) return expireCall(store, callId);
    const state = await known.fresh(callId);
    // It was never begun: whoever was about to has died, or another call was faster.
    if (state === null) return unlistCall(store, { callId, chatId });
    if (state.call.state === "ended") {
      if (await isListed(store, state.call)) await ending.finish(state);
      return expireCall(store, callId);
    }
    const kept = await store.hashGetAll(callKept(callId));
    const after = await this.#settle(state, kept);
    if (after.call.state === "ended") return expireCall(store, callId);
    await extendCall(store, chatId, callId);
    await this.#set({ callId, chatId }, Number(number) + 1, this.#nextLook(after, kept));
  }

  async #settle(state: CallState, kept: Readonly<Record<string, string>>): Promise<CallState> {
    const { clock, changes } = this.#parts;
    const { callId, participants } = state.call;
    const at = clock.now();
    const lost = participants.filter((one) => at - heardOf(one, kept) > limits.CALL_LOST_MS);
    // A caller who died as soon as it rang has been missed, too.
    const facts: CallFact[] = [
      { kind: "unanswered", at },
      ...lost.map(({ participantId }): CallFact => ({ kind: "left", participantId, at })),
    ];
    let after = state;
    for (const fact of facts) {
      if (after.call.state !== "ended" && refusalOf(after, fact) === null) after = await changes.add(callId, fact);
    }
    return after;
  }

  #nextLook({ call, rungAt }: CallState, kept: Readonly<Record<string, string>>): number {
    const rings = call.invited
      .filter(({ state }) => state === "calling" || state === "ringing")
      .map(({ userId }) => (rungAt.get(userId) ?? 0) + limits.CALL_RING_MS);
    const losses = call.participants.map((one) => heardOf(one, kept) + limits.CALL_LOST_MS + 1);
    return Math.max(Math.min(...rings, ...losses), this.#parts.clock.now() + AGAIN_MS);
  }

  async #set(call: { callId: string; chatId: string }, number: number, at: number): Promise<void> {
    await this.#parts.due().add(CALL_LOOK, `${call.callId}:${call.chatId}:${number}`, at);
  }
}

function heardOf(
  { participantId, joinedAt }: CallState["call"]["participants"][number],
  kept: Readonly<Record<string, string>>,
): number {
  return Math.max(joinedAt, Number(kept[participantId] ?? 0));
}
