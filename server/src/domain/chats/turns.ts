import { type ChatId, type Clock, type Random, ReplyError } from "@parley/protocol";
import { chatTurn } from "../../store/keys.ts";
import type { Kv } from "../../store/kv.ts";
import { newId } from "../ids.ts";

/** A turn ends by itself after this, should its maker have died. */
const TURN_SECONDS = 10;
/** Nothing is begun in a turn that is older: with two commands that time out it is still over before the next one. */
const BEGIN_MS = 3_000;
/** Only a turn that surely has not ended yet may be ended: what ended by itself is somebody else's now. */
const END_MS = 6_000;
/** Each who waits looks so often, and gives up after a while: whoever asked is told to look again. */
const LOOK_MS = 15;
const WAIT_MS = 4_000;

/** Somebody's turn at a chat. */
export interface Turn {
  /** Right before something is written: throws `CONFLICT` when the turn may be over by the time it arrives. */
  confirm(): void;
}

/**
 * Those who change something about one chat do it one after the other, on all nodes, so that each finds what the one
 * before has left: of two admins who remove each other, one is no admin any more when it is their turn.
 */
export class Turns {
  readonly #store: Kv;
  readonly #clock: Clock;
  readonly #random: Random;

  constructor(store: Kv, clock: Clock, random: Random) {
    this.#store = store;
    this.#clock = clock;
    this.#random = random;
  }

  async take<T>(chatId: ChatId, work: (turn: Turn) => Promise<T>): Promise<T> {
    const takenAt = await this.#wait(chatId);
    const ageMs = () => this.#clock.monotonic() - takenAt;
    try {
      return await work({
        confirm() {
          if (ageMs() > BEGIN_MS) throw conflict();
        },
      });
    } finally {
      if (ageMs() < END_MS) await this.#store.delete(chatTurn(chatId)).catch(() => {});
    }
  }

  /** Answers when the turn began, at the latest. */
  async #wait(chatId: ChatId): Promise<number> {
    const clock = this.#clock;
    const since = clock.monotonic();
    for (;;) {
      const askedAt = clock.monotonic();
      if (await this.#store.setNx(chatTurn(chatId), newId(this.#random), TURN_SECONDS)) return askedAt;
      if (clock.monotonic() - since > WAIT_MS) throw conflict();
      await new Promise<void>((resolve) => void clock.after(LOOK_MS, resolve));
    }
  }
}

function conflict(): ReplyError {
  return new ReplyError("CONFLICT", { retryAfterMs: LOOK_MS });
}
