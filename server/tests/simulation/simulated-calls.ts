import assert from "node:assert/strict";
import type { Call, CallId, Message, Random, UserId } from "@parley/protocol";
import type { CallBegin } from "@parley/protocol/client";
import { CALLS, chatLog } from "../../src/store/keys.ts";
import type { SimulatedDevice } from "./simulated-device.ts";
import { pick, type World } from "./world.ts";

const OWN = {
  tracks: [{ streamId: "camera", track: { id: "voice", kind: "audio" } }],
  streams: [{ streamId: "camera", kind: "camera", audio: true, video: false }],
} as const;

/** What people do with calls, and what has to be true of them afterwards. */
export class SimulatedCalls {
  readonly #world: World;
  readonly #devices: readonly SimulatedDevice[];
  readonly #chats: readonly string[];

  constructor(world: World, devices: readonly SimulatedDevice[], chats: readonly string[]) {
    this.#world = world;
    this.#devices = devices;
    this.#chats = chats;
  }

  /** One device does what its person might do at this moment; in words, or null when there is nothing to do. */
  act(random: Random): string | null {
    const { witness, name } = pick(random, this.#devices);
    const { calls, userId } = witness.client;
    const [joined] = calls.joined;
    const [known] = calls.known;
    const lot = random.fraction();
    if (joined !== undefined) {
      if (lot < 0.5) joined.leave();
      else joined.setStreams([{ ...OWN.streams[0], audio: lot < 0.75 }]);
      return `${name} ${lot < 0.5 ? "leaves a call" : "changes its streams in a call"}`;
    }
    if (known !== undefined) {
      if (isRungFor(known, userId)) calls.ringing(known.callId);
      if (lot < 0.7) this.#ask("join", calls.join(known.callId, OWN));
      else if (lot < 0.85) this.#ask("refuse", calls.refuse(known.callId, "refused"));
      return lot < 0.85 ? `${name} ${lot < 0.7 ? "joins" : "refuses"} a call` : null;
    }
    const chatId = pick(random, this.#chats);
    // Of the direct chat eve knows nothing.
    if (witness.client.chat(chatId) === undefined) return null;
    this.#ask("start", calls.start({ ...OWN, chatId, video: false } satisfies CallBegin));
    return `${name} starts a call`;
  }

  /** Everybody has somewhere else to go. */
  hangUp(): void {
    for (const { witness } of this.#devices) for (const joined of witness.client.calls.joined) joined.leave();
  }

  check(): void {
    assert.equal(this.#world.store.find(CALLS, "sorted")?.scores.size ?? 0, 0, "[CALL-1] every call has ended");
    const left = new Map<CallId, number>();
    for (const chatId of this.#chats) {
      for (const text of this.#world.store.find(chatLog(chatId), "list")?.entries ?? []) {
        const entry = JSON.parse(text) as Message;
        if (entry.kind === "call") left.set(entry.body.callId, (left.get(entry.body.callId) ?? 0) + 1);
      }
    }
    const twice = [...left].filter(([, count]) => count > 1);
    assert.deepEqual(twice, [], "[CALL-1] a call leaves one message");
    for (const { witness, name, heardOf } of this.#devices) {
      const { known, joined } = witness.client.calls;
      assert.deepEqual([known, joined], [[], []], `[CALL-1] nobody rings or talks: ${name}`);
      const silent = [...heardOf].filter((callId) => !left.has(callId));
      assert.deepEqual(silent, [], `[CALL-1] what ${name} heard of has left a message`);
    }
  }

  #ask(what: string, done: Promise<unknown>): void {
    done.then(
      () => this.#world.done(`call.${what}`),
      () => {},
    );
  }
}

function isRungFor({ invited }: Call, me: UserId | null): boolean {
  return invited.some(({ userId, state }) => userId === me && (state === "calling" || state === "ringing"));
}
