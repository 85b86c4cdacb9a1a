import type { CallFact, CallId, CallState } from "@parley/protocol";
import type { BusMessage } from "../../bus/bus.ts";
import type { CallEnding } from "./call-ending.ts";
import type { KnownCalls } from "./known-calls.ts";

export interface CallChangesParts {
  readonly known: KnownCalls;
  readonly ending: CallEnding;
  readonly announce: (message: BusMessage) => void;
}

/** What may bring about an end. */
const ENDING: ReadonlySet<CallFact["kind"]> = new Set(["started", "left", "refused", "unanswered"] as const);

type CallMessage = Extract<BusMessage, { kind: "call" }>;

/** How a fact gets into a call: it is added, told to everybody, and what follows from an end is done. */
export class CallChanges {
  readonly #parts: CallChangesParts;

  constructor(parts: CallChangesParts) {
    this.#parts = parts;
  }

  /** Throws the refusal. */
  async add(callId: CallId, fact: CallFact): Promise<CallState> {
    return (await this.addAndLook(callId, fact, nothing)).state;
  }

  /** The same; `look` reads the store as it is once the fact is there. */
  async addAndLook<T>(
    callId: CallId,
    fact: CallFact,
    look: () => Promise<T>,
  ): Promise<Pick<Change<T>, "state" | "seen">> {
    const { unlisted, ...change } = await this.#add(callId, fact, look);
    await unlisted;
    return change;
  }

  /** The same for a person, who does not wait for what the look after the end does if this fails. */
  async addForPerson(callId: CallId, fact: CallFact): Promise<void> {
    const { unlisted } = await this.#add(callId, fact, nothing);
    unlisted.catch(() => {});
  }

  async #add<T>(callId: CallId, fact: CallFact, look: () => Promise<T>): Promise<Change<T>> {
    const { known, ending, announce } = this.#parts;
    // What an end is going to need is read beside what brings it about.
    const expected = ENDING.has(fact.kind) ? known.after(callId, fact) : null;
    const [{ state, changed, seen }, chat] = await Promise.all([
      known.add(callId, fact, look),
      expected?.call.state === "ended" ? ending.readChat(expected) : undefined,
    ]);
    // Who begins or joins again got no answer: whoever did it for them may have died before anybody heard.
    const isResend = fact.kind === "started" || fact.kind === "joined";
    const tell = () => {
      if (changed || isResend) announce(fact.kind === "streams" ? quietly(state) : messageOf(state));
    };
    if (!changed || state.call.state !== "ended") {
      tell();
      return { state, seen, unlisted: nothing() };
    }
    try {
      // Told together with the message that it leaves: devices get both, and whoever hung up the answer, in one record each.
      await ending.leaveMessage(state, chat);
    } finally {
      tell();
    }
    return { state, seen, unlisted: ending.unlist(state).then(() => known.sawThrough(state)) };
  }
}

interface Change<T> {
  readonly state: CallState;
  readonly seen: T;
  /** Nobody is in it any more. */
  readonly unlisted: Promise<void>;
}

async function nothing(): Promise<void> {}

/** What nodes tell each other of a call. */
export function messageOf({ call }: CallState): CallMessage {
  const { chatId, callId, version, invited, participants } = call;
  // Who has left and stayed in the chat hears of it there.
  const asked = invited.filter(({ state }) => state !== "left").map(({ userId }) => userId);
  const people = [...new Set([...asked, ...participants.map(({ userId }) => userId)])];
  const message: CallMessage = { kind: "call", chatId, callId, version, text: JSON.stringify(call), people };
  return call.state === "ended" ? { ...message, over: true } : message;
}

/** Who is muted concerns those alone who hear it: in a large group many others look on. */
function quietly(state: CallState): CallMessage {
  const people = state.call.participants.map(({ userId }) => userId);
  return { ...messageOf(state), people, quiet: true };
}
