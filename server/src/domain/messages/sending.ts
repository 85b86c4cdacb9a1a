import {
  type ChatId,
  type Clock,
  limits,
  type Params,
  ReplyError,
  type Result,
  type TextBody,
  type UserId,
} from "@parley/protocol";
import { fromSeqOf, readChatInfo } from "../../records/chat-info.ts";
import { type Entry, entryText, saysTheSame } from "../../records/entry.ts";
import { findMember, memberOnly, standingOf } from "../../records/membership.ts";
import { chatLog, uuidTime } from "../../store/keys.ts";
import type { Appended, Kv } from "../../store/kv.ts";
import type { DirectPeople } from "../chats/direct-people.ts";
import { requireVoice, takeSlowPlace } from "../chats/write-rules.ts";
import { mayWrite, type WriteRefusal } from "../people/may-write.ts";
import type { ChatLogs } from "./chat-logs.ts";
import { type MentionArgs, readClaim } from "./mentions.ts";
import { checkText, storedBody } from "./text.ts";

export interface SendingParts {
  readonly store: Kv;
  readonly clock: Clock;
  readonly logs: ChatLogs;
  readonly directPeople: DirectPeople;
  /** Does the append between writing down whom to tell and telling them. */
  readonly mentioning: (args: MentionArgs, append: () => Promise<Appended>) => Promise<Appended>;
}

type Sent = Result<"message.send">;

export class Sending {
  readonly #parts: SendingParts;

  constructor(parts: SendingParts) {
    this.#parts = parts;
  }

  /** A resend of what is stored is answered before anything else is asked: it was accepted then. */
  async send(sender: UserId, message: Params<"message.send">): Promise<Sent> {
    checkClientIdAge(message.clientId, this.#parts.clock.now());
    return this.sendScheduled(sender, message);
  }

  /** The same for a message whose id was checked long ago. */
  async sendScheduled(sender: UserId, { chatId, clientId, ...content }: Params<"message.send">): Promise<Sent> {
    if (content.kind !== "text") throw new ReplyError("INVALID_PARAMS");
    const given = content.body;
    const { store, clock, logs, mentioning } = this.#parts;
    const body = storedBody(given);
    const entry: Entry = { sender, clientId, sentAt: clock.now(), kind: "text", body };
    const [claim, standing, info, refusal] = await Promise.all([
      readClaim(store, chatId, sender, clientId),
      standingOf(store, chatId, sender),
      readChatInfo(store, chatId),
      this.#mayWrite(chatId, sender),
    ]);
    if (claim?.state === "done") return this.#again(chatId, entry, claim);
    const member = memberOnly(standing);
    // One that may be stored already was let in before.
    if (claim === null) requireVoice(member, info, entry.sentAt);
    if (claim === null && refusal !== null) throw new ReplyError(refusal);
    checkText(body);
    await this.#checkReferences(chatId, fromSeqOf(info, member), body);
    if (claim === null) await takeSlowPlace(store, member, info, { chatId, clientId, now: entry.sentAt });
    const append = () => logs.append(chatId, entry);
    const { mentions } = body;
    const appended =
      mentions === undefined
        ? await append()
        : await mentioning({ chatId, sender, clientId, mentioned: mentions }, append);
    return appended.duplicate ? this.#again(chatId, entry, appended) : sentOf(appended);
  }

  /** In a direct chat the other one has a say. */
  async #mayWrite(chatId: ChatId, sender: UserId): Promise<WriteRefusal | null> {
    const { store, directPeople } = this.#parts;
    const peerId = await directPeople.peerOf(chatId, sender);
    return peerId === null ? null : mayWrite(store, sender, peerId);
  }

  /** The first answer once more, unless it is another message under the same id. */
  async #again(chatId: ChatId, entry: Entry, first: Sent): Promise<Sent> {
    const stored = await this.#parts.store.listGet(chatLog(chatId), first.seq - 1);
    if (stored !== null && !saysTheSame(stored, entryText(entry))) throw new ReplyError("CLIENT_ID_REUSED");
    if (stored !== null) this.#parts.logs.announceFound(chatId, first, stored);
    return sentOf(first);
  }

  async #checkReferences(chatId: ChatId, fromSeq: number, { mentions, replyTo }: TextBody): Promise<void> {
    const { store } = this.#parts;
    if (replyTo !== undefined) {
      const head = await store.listLength(chatLog(chatId));
      if (replyTo > head || replyTo < fromSeq) throw new ReplyError("SEQ_OUT_OF_RANGE");
    }
    const mentioned = await Promise.all((mentions ?? []).map((userId) => findMember(store, chatId, userId)));
    if (mentioned.includes(null)) throw new ReplyError("NOT_FOUND", { message: "A mentioned person is no member." });
  }
}

function sentOf({ seq, sentAt, epoch }: Sent): Sent {
  return { seq, sentAt, epoch };
}

/** After that time the store has forgotten the id, and a resend would become a second message. */
export function checkClientIdAge(clientId: string, now: number): void {
  const madeAt = uuidTime(clientId);
  if (madeAt === null) return;
  if (madeAt < now - limits.CLIENT_ID_MAX_AGE_MS || madeAt > now + limits.CLIENT_ID_MAX_AHEAD_MS) {
    throw new ReplyError("CLIENT_ID_EXPIRED");
  }
}
