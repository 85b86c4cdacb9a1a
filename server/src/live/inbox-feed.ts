import type { Notice, Pos, UserId } from "@parley/protocol";
import { type InboxPlace, monthAfter, posOf } from "../records/inbox.ts";
import { userInbox } from "../store/keys.ts";
import type { Kv } from "../store/kv.ts";
import { OrderedStream } from "./ordered-stream.ts";

export interface InboxFeedEnds {
  deliver(notice: Notice, pos: Pos, prev: Pos): void;
}

/** A user's notices in order, from the bucket of one month on to the next. */
export class InboxFeed {
  readonly #store: Kv;
  readonly #userId: UserId;
  readonly #ends: InboxFeedEnds;
  #month: string;
  #notices: OrderedStream;

  /** Begins at the end of the inbox: what is there already is pulled. */
  constructor(store: Kv, userId: UserId, end: InboxPlace, ends: InboxFeedEnds) {
    this.#store = store;
    this.#userId = userId;
    this.#ends = ends;
    this.#month = end.month;
    this.#notices = this.#bucket(end.month, end.readBefore);
    this.#notices.begin(end.read);
  }

  /** The `number`-th notice of a month. Late ones of a month before are left to the next pull. */
  offer(month: string, number: number, text: string): void {
    this.#goOn(month);
    if (month === this.#month) this.#notices.offer(number, text);
  }

  /** Fetches what nobody told. */
  async catchUp(month: string): Promise<void> {
    this.#goOn(month);
    this.#notices.begin(await this.#store.listLength(userInbox(this.#userId, this.#month)));
  }

  #goOn(month: string): void {
    if (month <= this.#month) return;
    const readBefore = month === monthAfter(this.#month, 1) ? (this.#notices.delivered ?? 0) : 0;
    this.#month = month;
    this.#notices = this.#bucket(month, readBefore);
    this.#notices.begin(0);
  }

  #bucket(month: string, readBefore: number): OrderedStream {
    const place = (read: number) => posOf({ month, read, readBefore });
    return new OrderedStream({
      fetch: (from, to) => this.#store.listRange(userInbox(this.#userId, month), from - 1, to - 1),
      deliver: (number, text) => this.#ends.deliver(JSON.parse(text) as Notice, place(number), place(number - 1)),
    });
  }
}
