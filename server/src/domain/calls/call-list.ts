import type { Call, CallId, ChatId, UserId } from "@parley/protocol";
import type { BusMessage } from "../../bus/bus.ts";
import { type ListedCall, listedCalls } from "../../records/call-record.ts";
import { allChatsOf } from "../../records/membership.ts";
import type { Kv } from "../../store/kv.ts";
import { messageOf } from "./call-changes.ts";
import type { KnownCalls } from "./known-calls.ts";

/** Calls that go on at the same time, of which anybody who signs in is told: on a server of ten thousand people. */
const LISTED_MAX = 1_000;

export interface CallListParts {
  readonly store: Kv;
  readonly known: KnownCalls;
  /** Tells those who are connected here. */
  readonly tellHere: (message: BusMessage) => void;
}

/** The calls that go on. */
export class CallList {
  readonly #parts: CallListParts;
  #running: Promise<unknown> = Promise.resolve();
  /** A read that has not begun: all who come before it does share it. */
  #next: Promise<ListedCall[]> | null = null;

  constructor(parts: CallListParts) {
    this.#parts = parts;
  }

  /** In the chats of the user. */
  async of(userId: UserId): Promise<Call[]> {
    const [listed, chats] = await Promise.all([this.#listed(), allChatsOf(this.#parts.store, userId)]);
    const own = new Set(chats.map(({ chatId }) => chatId));
    const found = listed.filter(({ chatId }) => own.has(chatId));
    const states = await Promise.all(found.map(({ callId }) => this.#parts.known.fresh(callId)));
    const calls = states.flatMap((state) => (state === null ? [] : [state.call]));
    return calls.filter(({ state }) => state !== "ended");
  }

  /** Tells those here what changed of calls without this node having heard of it. */
  async catchUp(concerned: (chatId: ChatId) => boolean): Promise<void> {
    const { known, tellHere } = this.#parts;
    const unsettled = [...known.unsettled()];
    const ids = new Set<CallId>(
      [...(await this.#listed()), ...unsettled].filter(({ chatId }) => concerned(chatId)).map(({ callId }) => callId),
    );
    await Promise.all(
      [...ids].map(async (callId) => {
        const state = await known.fresh(callId);
        if (state !== null && state.call.version > known.toldOf(callId)) tellHere(messageOf(state));
      }),
    );
  }

  /**
   * Tells those here how the call stands, in place of an earlier state that came late: not everybody is told of each change,
   * so somebody may have waited for that.
   */
  async tellAnew(callId: CallId): Promise<void> {
    const { known, tellHere } = this.#parts;
    const state = await known.fresh(callId);
    if (state !== null && state.call.version >= known.toldOf(callId)) tellHere(messageOf(state));
  }

  #listed(): Promise<ListedCall[]> {
    this.#next ??= this.#running.then(() => {
      this.#next = null;
      const reading = listedCalls(this.#parts.store, LISTED_MAX);
      // The next one waits for its end, whatever it comes to.
      this.#running = reading.catch(() => {});
      return reading;
    });
    return this.#next;
  }
}
