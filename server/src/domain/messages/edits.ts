import { type ChatId, type Clock, limits, type Params, ReplyError, type TextBody, type UserId } from "@parley/protocol";
import { readableFrom } from "../../records/chat-info.ts";
import { readContent, readHead } from "../../records/entry.ts";
import { type Membership, memberOnly, standingOf } from "../../records/membership.ts";
import {
  editCounts,
  editsOf,
  eraseEdits,
  newestEdits,
  putEdit,
  readRetract,
  takeVersion,
} from "../../records/overlay.ts";
import { chatLog } from "../../store/keys.ts";
import type { Kv } from "../../store/kv.ts";
import type { FanOut } from "../inbox/fan-out.ts";
import type { MentionArgs, Mentions } from "./mentions.ts";
import { checkReferences } from "./references.ts";
import { checkText, storedBody } from "./text.ts";

/** What is left to do when the node dies. Never holds the text: an intent outlives a retract. */
export interface EditArgs {
  readonly chatId: ChatId;
  readonly seq: number;
  readonly sender: UserId;
  /** Who is mentioned by this edit and was not before. */
  readonly mentioned: readonly UserId[];
  readonly all?: true;
}

export interface EditsParts {
  readonly store: Kv;
  readonly clock: Clock;
  readonly fanOut: FanOut;
  readonly mentions: Mentions;
  /** Throws when somebody may not say anything in the chat now: what was said could be made to say something else. */
  readonly checkVoice: (chatId: ChatId, member: Membership) => Promise<void>;
  /** How long somebody may change what they wrote. */
  readonly windowMs: number;
  /** Writes, then tells everybody, for which nobody waits, with an intent around both. */
  readonly deed: (args: EditArgs, write: () => Promise<number>) => Promise<number>;
}

/** All versions of a message fit into one reply, with room for what surrounds them. */
const VERSIONS_MAX_BYTES = limits.REPLY_MAX_BYTES - 64 * 1024;

/** What a node that died has sent to the store may still be done: an edit is looked for this long, and told then. */
export const EDIT_INTENT_MS = 60_000;

/** Changes texts, by adding a version to the overlay; the log keeps what was sent. */
export class Edits {
  readonly #parts: EditsParts;

  constructor(parts: EditsParts) {
    this.#parts = parts;
  }

  /** Answers the version: that of the newest edit when it says the same. */
  async edit(userId: UserId, { chatId, seq, body: given }: Params<"message.edit">): Promise<number> {
    const { store, clock, fanOut, windowMs, checkVoice, deed } = this.#parts;
    const [standing, text, [count = 0]] = await Promise.all([
      standingOf(store, chatId, userId),
      store.listGet(chatLog(chatId), seq - 1),
      editCounts(store, chatId, [seq]),
    ]);
    const member = memberOnly(standing);
    const from = await readableFrom(store, chatId, member, seq);
    const head = text === null || seq < from ? null : readHead(text);
    if (text === null || head === null) throw new ReplyError("SEQ_OUT_OF_RANGE");
    if (head.kind === "retracted") throw new ReplyError("MESSAGE_RETRACTED");
    if (head.sender !== userId) throw new ReplyError("FORBIDDEN");
    const sent = readContent(text);
    if (sent?.kind !== "text" || sent.body.forwarded !== undefined) throw new ReplyError("NOT_EDITABLE");
    const body = storedBody(given);
    checkText(body);
    const versions = await editsOf(store, chatId, seq, count);
    const newest = versions.at(-1);
    const before = newest?.body ?? sent.body;
    // Who asks again got no answer the first time.
    if (newest !== undefined && JSON.stringify(before) === JSON.stringify(body)) return newest.version;
    const at = clock.now();
    if (at - head.sentAt > windowMs) throw new ReplyError("TOO_LATE");
    if (body.replyTo !== undefined && body.replyTo >= seq) throw new ReplyError("SEQ_OUT_OF_RANGE");
    await checkVoice(chatId, member);
    await checkReferences(store, chatId, member, { ...body, ...sameTarget(body, before) });
    const bytes = Buffer.byteLength(JSON.stringify([sent.body, body, ...versions]));
    if (count >= limits.EDITS_MAX || bytes > VERSIONS_MAX_BYTES) throw new ReplyError("LIMIT_REACHED");
    fanOut.checkRoom();
    const args = { chatId, seq, sender: userId, ...newlyMentioned(body, before) };
    return deed(args, () => this.#write(chatId, seq, body, at));
  }

  /** The version that now counts, told to everybody, and those who are newly mentioned; of a retracted message nothing is left. Idempotent. */
  async tell({ chatId, seq, ...mentions }: EditArgs): Promise<void> {
    const { store, fanOut } = this.#parts;
    if (await this.#undone(chatId, seq)) return;
    const [count = 0] = await editCounts(store, chatId, [seq]);
    const version = (await newestEdits(store, chatId, new Map([[seq, count]]))).get(seq)?.version;
    // Nothing was written: whoever asked for it was not told that it was.
    if (version === undefined) return;
    await fanOut.tell(chatId, { kind: "edit", chatId, seq, version });
    if (mentions.all === true || mentions.mentioned.length > 0) {
      await this.#parts.mentions.tell({ chatId, ...mentions }, seq);
    }
  }

  async #write(chatId: ChatId, seq: number, body: TextBody, at: number): Promise<number> {
    const { store } = this.#parts;
    const version = await takeVersion(store, chatId, seq);
    if (version > limits.EDITS_MAX) throw new ReplyError("LIMIT_REACHED");
    await putEdit(store, chatId, seq, { version, body, at });
    if (await this.#undone(chatId, seq)) throw new ReplyError("MESSAGE_RETRACTED");
    return version;
  }

  /** Whoever retracted may have erased the edits before this one was written. */
  async #undone(chatId: ChatId, seq: number): Promise<boolean> {
    const { store } = this.#parts;
    if ((await readRetract(store, chatId, seq)) === null) return false;
    await eraseEdits(store, chatId, seq);
    return true;
  }
}

/** A reply stays one when what it answers was retracted since. */
function sameTarget(body: TextBody, before: TextBody): { replyTo?: undefined } {
  return body.replyTo === before.replyTo ? { replyTo: undefined } : {};
}

function newlyMentioned(body: TextBody, before: TextBody): Pick<MentionArgs, "mentioned" | "all"> {
  if (before.mentionAll === true) return { mentioned: [] };
  if (body.mentionAll === true) return { mentioned: [], all: true };
  return { mentioned: (body.mentions ?? []).filter((userId) => !before.mentions?.includes(userId)) };
}
