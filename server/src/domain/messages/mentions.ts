import type { ChatId, ClientId, UserId } from "@parley/protocol";
import { readClaim } from "../../records/claim.ts";
import type { Kv } from "../../store/kv.ts";
import type { FanOut } from "../inbox/fan-out.ts";
import type { Inbox } from "../inbox/inbox.ts";

export interface MentionArgs {
  readonly chatId: ChatId;
  readonly sender: UserId;
  readonly clientId: ClientId;
  readonly mentioned: readonly UserId[];
  /** Everybody else in the chat. */
  readonly all?: true;
}

/** Tells people that they are mentioned, also when the node dies between the message and the notices. */
export class Mentions {
  readonly #store: Kv;
  readonly #inbox: Inbox;
  readonly #fanOut: FanOut;

  constructor(store: Kv, inbox: Inbox, fanOut: FanOut) {
    this.#store = store;
    this.#inbox = inbox;
    this.#fanOut = fanOut;
  }

  async tell({ chatId, sender, mentioned, all }: Omit<MentionArgs, "clientId">, seq: number): Promise<void> {
    const notice = { kind: "mention", chatId, seq, userId: sender } as const;
    if (all === true) return this.#fanOut.tell(chatId, notice, sender);
    const others = mentioned.filter((userId) => userId !== sender);
    await Promise.all(others.map((userId) => this.#inbox.put(userId, notice)));
  }

  /** From an intent: a message that was never stored mentions nobody. */
  async replay(args: MentionArgs): Promise<void> {
    const claim = await readClaim(this.#store, args.chatId, args.sender, args.clientId);
    if (claim?.state === "pending") throw new Error("It is not known yet whether the message was stored");
    if (claim !== null) await this.tell(args, claim.seq);
  }
}
