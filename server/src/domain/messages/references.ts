import { ReplyError, type TextBody } from "@parley/protocol";
import { readableFrom } from "../../records/chat-info.ts";
import { readHead } from "../../records/entry.ts";
import { findMember, type Membership } from "../../records/membership.ts";
import { chatLog } from "../../store/keys.ts";
import type { Kv } from "../../store/kv.ts";

/** What of a body refers to people and messages of its chat. */
export interface References {
  readonly mentions?: TextBody["mentions"] | undefined;
  readonly mentionAll?: true | undefined;
  readonly replyTo?: number | undefined;
}

/** Throws when somebody or something is named that is not there for the writer. */
export async function checkReferences(
  store: Kv,
  chatId: string,
  writer: Membership,
  { mentions, mentionAll, replyTo }: References,
): Promise<void> {
  // The people of a direct chat are no admins of it: everybody there is named anyway.
  if (mentionAll === true && writer.role === "member") throw new ReplyError("FORBIDDEN");
  const [, mentioned] = await Promise.all([
    replyTo === undefined ? null : checkTarget(store, chatId, writer, replyTo),
    Promise.all((mentions ?? []).map((userId) => findMember(store, chatId, userId))),
  ]);
  if (mentioned.includes(null)) throw new ReplyError("NOT_FOUND", { message: "A mentioned person is no member." });
}

async function checkTarget(store: Kv, chatId: string, writer: Membership, seq: number): Promise<void> {
  const [text, from] = await Promise.all([
    store.listGet(chatLog(chatId), seq - 1),
    readableFrom(store, chatId, writer, seq),
  ]);
  const head = text === null ? null : readHead(text);
  if (head === null || seq < from) throw new ReplyError("SEQ_OUT_OF_RANGE");
  if (head.kind === "retracted") throw new ReplyError("MESSAGE_RETRACTED");
}
