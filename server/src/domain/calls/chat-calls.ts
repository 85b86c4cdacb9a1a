import { type CallId, type CallState, type ChatId, type Clock, ReplyError } from "@parley/protocol";
import { chatCalls } from "../../store/keys.ts";
import type { Kv } from "../../store/kv.ts";
import type { KnownCalls } from "./known-calls.ts";

/** A call that has no facts so long after it took the chat never will: whoever began it has died. */
const STARTING_MS = 10_000;
/** Nothing is begun on a claim that is older: with two commands that time out it is still over before the next one. */
export const BEGIN_MS = 3_000;
/** Who finds a call that is about to begin looks again so often, and gives up after a while. */
const LOOK_MS = 15;
const WAIT_MS = 4_000;
/** Claims that are kept, so that a writer who is late finds its number taken; beyond twice as many the older ones go. */
const KEPT = 32;

interface ChatCall {
  readonly callId: CallId;
  readonly at: number;
}

/** The calls of a chat as they were read. */
export interface ReadCalls {
  readonly count: number;
  readonly newest: ChatCall | null;
  /** The newest one, if it has not ended. */
  readonly going: CallState | null;
}

/** The same, with the newest one whether it has ended or not; null when it has not begun. */
export interface LookedAt extends ReadCalls {
  readonly state: CallState | null;
}

/**
 * A chat has one call at a time. Its calls are numbered, each by HSETNX of the next number, so of two that begin at the
 * same moment one is the chat's call, and whoever lost finds it. The newest one says whether there is a call: nothing
 * has to be given back when it ends.
 */
export class ChatCalls {
  readonly #store: Kv;
  readonly #clock: Clock;
  readonly #known: KnownCalls;

  constructor(store: Kv, clock: Clock, known: KnownCalls) {
    this.#store = store;
    this.#clock = clock;
    this.#known = known;
  }

  /** The call that goes on, also when another one is about to begin. */
  async going(chatId: ChatId): Promise<CallState | null> {
    return (await this.look(chatId)).going;
  }

  /** For who wants to begin `own`: waits for one that is about to begin. `first` was looked at already. */
  async read(chatId: ChatId, own: CallId, first?: LookedAt): Promise<ReadCalls> {
    const since = this.#clock.monotonic();
    for (let looked = first ?? (await this.look(chatId)); ; looked = await this.look(chatId)) {
      const { state, ...calls } = looked;
      const { newest } = calls;
      if (newest === null || newest.callId === own || state !== null) return calls;
      if (this.#clock.now() - newest.at >= STARTING_MS) return calls;
      if (this.#clock.monotonic() - since > WAIT_MS) throw new ReplyError("CONFLICT", { retryAfterMs: LOOK_MS });
      await new Promise<void>((resolve) => void this.#clock.after(LOOK_MS, resolve));
    }
  }

  /** False when another call was faster. Whoever has the chat begins the call within BEGIN_MS, or not at all. */
  async take(chatId: ChatId, callId: CallId, { count, newest }: ReadCalls): Promise<boolean> {
    const now = this.#clock.now();
    if (newest?.callId === callId && now - newest.at < STARTING_MS / 2) return true;
    return this.#store.hashSetNx(chatCalls(chatId), String(count + 1), `${callId} ${now}`);
  }

  /** As it is at this moment. */
  async look(chatId: ChatId): Promise<LookedAt> {
    const fields = await this.#store.hashGetAll(chatCalls(chatId));
    const count = Math.max(0, ...Object.keys(fields).map(Number));
    const newest = parse(fields[count]);
    const state = newest === null ? null : await this.#known.fresh(newest.callId);
    return { count, newest, state, going: state?.call.state === "ended" ? null : state };
  }

  /** What nobody can be about to take any more. */
  async tidy(chatId: ChatId, { count }: ReadCalls): Promise<void> {
    if (count % KEPT !== 0 || count < 2 * KEPT) return;
    const old = Array.from({ length: KEPT }, (_, i) => String(count - 2 * KEPT + 1 + i));
    await this.#store.hashDelete(chatCalls(chatId), ...old);
  }
}

function parse(text: string | undefined): ChatCall | null {
  if (text === undefined) return null;
  const [callId = "", at] = text.split(" ");
  return { callId, at: Number(at) };
}
