import { type ChatId, type ClientId, type Clock, type Params, ReplyError, type UserId } from "@parley/protocol";
import { readableFrom } from "../../records/chat-info.ts";
import { readHead, tombstoneText } from "../../records/entry.ts";
import { memberOnly, standingOf } from "../../records/membership.ts";
import { editCounts, eraseEdits, putRetract, type Retract, readRetract } from "../../records/overlay.ts";
import { chatLog } from "../../store/keys.ts";
import type { Kv } from "../../store/kv.ts";
import type { FanOut } from "../inbox/fan-out.ts";

export interface RetractArgs {
  readonly chatId: ChatId;
  readonly seq: number;
  /** Of the message: a store that has lost its tail since may have another one in its place. Absent in older intents. */
  readonly clientId?: ClientId;
  /** Absent: its time has come. */
  readonly by?: UserId;
  readonly at: number;
}

export interface RetractsParts {
  readonly store: Kv;
  readonly clock: Clock;
  readonly fanOut: FanOut;
  /** How long somebody may take back what they wrote. */
  readonly windowMs: number;
  /** What else hangs on a message, to be erased with it. Each idempotent. */
  readonly attached: readonly ((chatId: ChatId, seq: number) => Promise<void>)[];
  /** `erase`, then `tell` for which nobody waits, with an intent around both. */
  readonly deed: (args: RetractArgs) => Promise<Retract | null>;
}

/**
 * Takes messages back. The mark in the overlay comes first and is final: whoever writes something about the message
 * looks for it afterwards and erases what they wrote.
 */
export class Retracts {
  readonly #parts: RetractsParts;

  constructor(parts: RetractsParts) {
    this.#parts = parts;
  }

  /** Answers the version. Repeating it changes nothing. */
  async retract(userId: UserId, { chatId, seq }: Params<"message.retract">): Promise<number> {
    const { store, clock, fanOut, windowMs, deed } = this.#parts;
    const [standing, text, done] = await Promise.all([
      standingOf(store, chatId, userId),
      store.listGet(chatLog(chatId), seq - 1),
      readRetract(store, chatId, seq),
    ]);
    const member = memberOnly(standing);
    const from = await readableFrom(store, chatId, member, seq);
    const head = text === null || seq < from ? null : readHead(text);
    if (head === null) throw new ReplyError("SEQ_OUT_OF_RANGE");
    if (head.kind === "system" || head.kind === "call") throw new ReplyError("NOT_EDITABLE");
    const isAdmin = member.role !== "member";
    if (head.sender !== userId && !isAdmin) throw new ReplyError("FORBIDDEN");
    if (head.kind === "retracted") return done?.version ?? 1;
    const at = clock.now();
    if (!isAdmin && done === null && at - head.sentAt > windowMs) throw new ReplyError("TOO_LATE");
    fanOut.checkRoom();
    const retract = await deed({ chatId, seq, clientId: head.clientId, by: userId, at });
    if (retract === null) throw new ReplyError("SEQ_OUT_OF_RANGE");
    return retract.version;
  }

  /**
   * Idempotent. Of several, the first one counts. Afterwards the store holds nothing of what was said. Null, and nothing is
   * done, where the message is not there any more.
   */
  async erase({ chatId, seq, clientId, by, at }: RetractArgs): Promise<Retract | null> {
    const { store, attached } = this.#parts;
    const find = async () => {
      const head = readHead((await store.listGet(chatLog(chatId), seq - 1)) ?? "");
      return head !== null && (clientId ?? head.clientId) === head.clientId ? head : null;
    };
    const [found, [edits = 0]] = await Promise.all([find(), editCounts(store, chatId, [seq])]);
    if (found === null) return null;
    const own = { ...(by === undefined ? {} : { by }), at, version: edits + 1 };
    const retract = await putRetract(store, chatId, seq, own);
    const head = await find();
    if (head !== null && head.kind !== "retracted") {
      await store.listSet(chatLog(chatId), seq - 1, tombstoneText(head, retract.by));
    }
    await Promise.all([eraseEdits(store, chatId, seq), ...attached.map((erase) => erase(chatId, seq))]);
    return retract;
  }

  /** `erase`, then `tell`. Any number of times. */
  async finish(args: RetractArgs): Promise<void> {
    const retract = await this.erase(args);
    if (retract !== null) await this.tell(args, retract);
  }

  /** Resolves when all members have the notice. */
  async tell({ chatId, seq }: Pick<RetractArgs, "chatId" | "seq">, { by }: Pick<Retract, "by">): Promise<void> {
    await this.#parts.fanOut.tell(chatId, { kind: "retract", chatId, seq, ...(by === undefined ? {} : { by }) });
  }
}
