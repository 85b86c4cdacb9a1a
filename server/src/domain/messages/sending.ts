import {
  type ChatId,
  type Clock,
  limits,
  type NewContent,
  type Params,
  ReplyError,
  type Result,
  type UserId,
} from "@parley/protocol";
import { readClaim } from "../../records/claim.ts";
import { type Content, type Entry, entryText, readHead, saysTheSame } from "../../records/entry.ts";
import { type Membership, memberOnly, requireMember } from "../../records/membership.ts";
import { filesOf } from "../../records/shown-files.ts";
import { chatLog, uuidTime } from "../../store/keys.ts";
import type { Appended, Kv } from "../../store/kv.ts";
import { requireVoice, takeSlowPlace } from "../chats/write-rules.ts";
import type { Keeping } from "../files/held-files.ts";
import type { WriteRefusal } from "../people/may-write.ts";
import type { ChatLogs } from "./chat-logs.ts";
import { checkContent, storedContent } from "./content.ts";
import { isNewFile, isSameFile, ownFileContent } from "./file-content.ts";
import { contactContent, forwardContent, isCopyOf } from "./forwards.ts";
import type { MentionArgs } from "./mentions.ts";
import { checkReferences } from "./references.ts";
import { SendLines, type SendPlace } from "./send-lines.ts";
import type { VanishArgs } from "./vanishing.ts";
import type { Voices } from "./voices.ts";

export interface SendingParts {
  readonly store: Kv;
  readonly clock: Clock;
  readonly logs: ChatLogs;
  readonly voices: Voices;
  /** Does the append between writing down whom to tell and telling them, which nobody waits for. */
  readonly mentioning: (args: MentionArgs, append: () => Promise<Appended>) => Promise<Appended>;
  /** The same for a message that is to be erased at its time. */
  readonly vanishing: (args: VanishArgs, append: () => Promise<Appended>) => Promise<Appended>;
  /** The same for one that keeps files. */
  readonly keeping: Keeping;
}

type Sent = Result<"message.send">;

export class Sending {
  readonly #parts: SendingParts;
  readonly #lines = new SendLines();

  constructor(parts: SendingParts) {
    this.#parts = parts;
  }

  /**
   * A resend of what is stored is answered before anything else is asked: it was accepted then. What comes over one
   * connection to one chat is stored in the order of the calls.
   */
  async send(sender: UserId, message: Params<"message.send">, connection: number): Promise<Sent> {
    checkClientIdAge(message.clientId, this.#parts.clock.now());
    return this.#lines.run(`${connection} ${message.chatId}`, (own, before) =>
      this.#sendInLine(sender, message, own, before),
    );
  }

  /** The same for a message whose id was checked long ago, and which has no neighbours. */
  async sendScheduled(sender: UserId, message: Params<"message.send">): Promise<Sent> {
    return (await this.#sendAtOnce(sender, message, null)) ?? this.#sendAsked(sender, message);
  }

  async #sendInLine(
    sender: UserId,
    message: Params<"message.send">,
    own: SendPlace,
    before: SendPlace | null,
  ): Promise<Sent> {
    if (before === null || before.asked !== null) {
      const sent = await this.#sendAtOnce(sender, message, before?.asked ?? null, own);
      if (sent !== null) return sent;
      own.asked = null;
    }
    if (before === null) return this.#sendAsked(sender, message);
    await before.over;
    return this.sendScheduled(sender, message);
  }

  /**
   * In one round trip, as most messages go: plain text of somebody who spoke freely before. The store appends it if what
   * that was decided from is still so, and behind the one that it comes `after`. Null: it did not, or more has to be asked.
   */
  async #sendAtOnce(
    sender: UserId,
    { chatId, clientId, ...given }: Params<"message.send">,
    after: SendPlace["asked"],
    own?: SendPlace,
  ): Promise<Sent | null> {
    const { clock, logs, voices } = this.#parts;
    if (!isPlain(given)) return null;
    const grounds = voices.groundsOf(chatId, sender);
    if (grounds === null) return null;
    const sentAt = clock.now();
    const content = storedContent(given);
    checkContent(content, sentAt);
    if (own !== undefined) own.asked = { clientId, sentAt };
    const appended = await logs.appendIf(grounds, chatId, { sender, clientId, sentAt, ...content }, after);
    if (appended === null) return null;
    return appended.duplicate ? this.#again(chatId, given, appended) : sentOf(appended);
  }

  async #sendAsked(sender: UserId, { chatId, clientId, ...given }: Params<"message.send">): Promise<Sent> {
    const { store, clock, logs, voices, mentioning, vanishing, keeping } = this.#parts;
    const sentAt = clock.now();
    const [claim, { standing, info, refusal }] = await Promise.all([
      readClaim(store, chatId, sender, clientId),
      voices.read(chatId, sender, sentAt),
    ]);
    if (claim?.state === "done") return this.#again(chatId, given, claim);
    const member = memberOnly(standing);
    // One that may be stored already was let in before.
    if (claim === null) requireVoice(member, info, sentAt);
    if (claim === null && refusal !== null) throw new ReplyError(refusal);
    const content = await this.accept(chatId, member, given);
    if (claim === null) await takeSlowPlace(store, member, info, { chatId, clientId, now: sentAt });
    const { disappearMs } = info.settings;
    const vanishes = disappearMs > 0;
    const entry: Entry = { sender, clientId, sentAt, ...content, ...(vanishes && { expiresAt: sentAt + disappearMs }) };
    const plainly = () => logs.append(chatId, entry);
    const lasting = vanishes ? () => vanishing({ chatId, sender, clientId }, plainly) : plainly;
    const fileIds = [...new Set(filesOf(content).map(({ fileId }) => fileId))];
    const missing = given.kind === "forward" ? "FILE_EXPIRED" : "FILE_NOT_FOUND";
    const keeps = () => keeping({ chatId, sender, clientId, fileIds }, lasting, missing);
    const append = fileIds.length > 0 ? keeps : lasting;
    const mentioned = mentionsOf(content);
    const appended =
      mentioned === null ? await append() : await mentioning({ chatId, sender, clientId, ...mentioned }, append);
    return appended.duplicate ? this.#again(chatId, given, appended) : sentOf(appended);
  }

  /** What would be stored if this member sent it now. Throws what keeps it from being sent. */
  async accept(chatId: ChatId, member: Membership, given: NewContent): Promise<Content> {
    const { store, clock } = this.#parts;
    if (given.kind === "contact") return contactContent(store, given.body.userId);
    if (given.kind === "forward") return forwardContent(store, member.userId, given.body);
    if (isNewFile(given)) {
      const content = await ownFileContent(store, member.userId, given);
      await checkReferences(store, chatId, member, content.body);
      return content;
    }
    const content = storedContent(given);
    checkContent(content, clock.now());
    if (content.kind === "text" || content.kind === "location") {
      await checkReferences(store, chatId, member, content.body);
    }
    return content;
  }

  /** Throws what keeps the member from saying anything in this chat now. */
  async checkVoice(chatId: ChatId, member: Membership): Promise<void> {
    const now = this.#parts.clock.now();
    const { info, refusal } = await this.#parts.voices.read(chatId, member.userId, now);
    requireVoice(member, info, now);
    if (refusal !== null) throw new ReplyError(refusal);
  }

  /** The same for a member of whom nothing is known yet. */
  async requireVoice(chatId: ChatId, userId: UserId): Promise<void> {
    await this.checkVoice(chatId, await requireMember(this.#parts.store, chatId, userId));
  }

  /** In a direct chat the other one has a say. */
  mayWrite(chatId: ChatId, sender: UserId): Promise<WriteRefusal | null> {
    return this.#parts.voices.refusal(chatId, sender);
  }

  /** The first answer once more, unless it is another message under the same id. */
  async #again(chatId: ChatId, given: NewContent, first: Sent): Promise<Sent> {
    const stored = await this.#parts.store.listGet(chatLog(chatId), first.seq - 1);
    if (stored !== null && !isResend(stored, given)) throw new ReplyError("CLIENT_ID_REUSED");
    if (stored !== null) this.#parts.logs.announceFound(chatId, first, stored);
    return sentOf(first);
  }
}

/** Nobody and nothing has to be looked up for it. */
function isPlain(given: NewContent): given is Extract<NewContent, { kind: "text" }> {
  if (given.kind !== "text") return false;
  const { mentions, mentionAll, replyTo } = given.body;
  return mentions === undefined && mentionAll === undefined && replyTo === undefined;
}

function isResend(stored: string, given: NewContent): boolean {
  if (readHead(stored)?.kind === "call") return false;
  if (given.kind === "contact" || given.kind === "forward") return isCopyOf(stored, given);
  if (isNewFile(given)) return isSameFile(stored, given);
  return saysTheSame(stored, entryText({ ...NO_HEAD, ...storedContent(given) }));
}

/** Heads are not compared. */
const NO_HEAD = { sender: "", clientId: "", sentAt: 0 };

/** Null when nobody is mentioned: then there is nothing to write down before the append. */
function mentionsOf({ kind, body }: Content): Pick<MentionArgs, "mentioned" | "all"> | null {
  if (kind !== "text") return null;
  if (body.mentionAll === true) return { mentioned: [], all: true };
  return body.mentions === undefined ? null : { mentioned: body.mentions };
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
