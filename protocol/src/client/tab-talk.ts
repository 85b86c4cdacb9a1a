import { type Static, Type } from "typebox";
import { Value } from "typebox/value";
import { ChatId, ClientId, SeqOrZero, TimeMs } from "../ids.ts";
import type { TabChannel } from "./tab-channel.ts";

/** What the tabs of one storage tell each other. A hint each time: the storage is the truth, and posts may be lost. */
export const TabPost = Type.Union([
  /** An outbox entry was written or changed: who sends, look at it. */
  Type.Object({ about: Type.Literal("outbox"), clientId: ClientId }),
  Type.Object({
    about: Type.Literal("sent"),
    clientId: ClientId,
    chatId: ChatId,
    seq: SeqOrZero,
    sentAt: TimeMs,
  }),
  Type.Object({ about: Type.Literal("discarded"), clientId: ClientId, chatId: ChatId }),
  /** The own read marker moved. */
  Type.Object({ about: Type.Literal("read"), chatId: ChatId, seq: SeqOrZero }),
  Type.Object({ about: Type.Literal("leaseFree") }),
  /** Whoever holds the lease says so. */
  Type.Object({ about: Type.Literal("leaseAsked") }),
  Type.Object({ about: Type.Literal("leaseHeld") }),
  Type.Object({ about: Type.Literal("sessionEnded") }),
  Type.Object({ about: Type.Literal("sessionBegan") }),
]);
export type TabPost = Static<typeof TabPost>;

/** The posts of this version of the program; a tab that runs another one is not understood, and does no harm. */
export class TabTalk {
  readonly #channel: TabChannel | null;
  readonly #heard: (post: TabPost) => void;
  #end: () => void = () => {};

  constructor(channel: TabChannel | null, heard: (post: TabPost) => void) {
    this.#channel = channel;
    this.#heard = heard;
  }

  start(): void {
    this.#end();
    this.#end = this.#channel?.listen((post) => Value.Check(TabPost, post) && this.#heard(post)) ?? (() => {});
  }

  stop(): void {
    this.#end();
    this.#end = () => {};
  }

  post(post: TabPost): void {
    this.#channel?.post(post);
  }
}
