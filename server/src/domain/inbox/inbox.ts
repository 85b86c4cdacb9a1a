import type { Clock, Notice, UserId } from "@parley/protocol";
import type { BusMessage } from "../../bus/bus.ts";
import { INBOX_KEPT_MS, monthOf } from "../../records/inbox.ts";
import { userInbox } from "../../store/keys.ts";
import type { Kv } from "../../store/kv.ts";

/** Not every notice moves the expiry of its bucket, which is counted in months. */
const EXPIRE_EVERY = 64;

/** Writes to the inboxes of users (write diffusion), after what the notice is about was written. */
export class Inbox {
  readonly #store: Kv;
  readonly #clock: Clock;
  readonly #announce: (message: BusMessage) => void;

  constructor(store: Kv, clock: Clock, announce: (message: BusMessage) => void) {
    this.#store = store;
    this.#clock = clock;
    this.#announce = announce;
  }

  /** Written twice when a deed is repeated: clients take notices as often as they come. */
  async put(userId: UserId, notice: Notice): Promise<void> {
    const month = monthOf(this.#clock.now());
    const key = userInbox(userId, month);
    const text = JSON.stringify(notice);
    const number = await this.#store.listPush(key, text);
    if (number % EXPIRE_EVERY === 1) await this.#store.expire(key, INBOX_KEPT_MS / 1000);
    this.#announce({ kind: "notice", userId, month, number, text });
  }
}
