import type { Clock, Notice, UserId } from "@parley/protocol";
import type { BusMessage } from "../../bus/bus.ts";
import { monthOf, pushNotice } from "../../records/inbox.ts";
import type { Kv } from "../../store/kv.ts";

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
    const text = JSON.stringify(notice);
    const number = await pushNotice(this.#store, userId, month, text);
    this.#announce({ kind: "notice", userId, month, number, text });
  }
}
