import { type Static, Type } from "typebox";
import { ChatId, ClientId, Epoch, Pos, Seq, SeqOrZero, TimeMs, UserId } from "../ids.ts";
import { HISTORY_PAGE_MAX, MENTIONS_MAX, TEXT_MAX_BYTES } from "../limits.ts";
import { Empty } from "./account.ts";

/** `text` is bounded in UTF-8 bytes by the server; here in UTF-16 units, which are never more. */
export const TextBody = Type.Object({
  text: Type.String({ maxLength: TEXT_MAX_BYTES }),
  mentions: Type.Optional(Type.Array(UserId, { maxItems: MENTIONS_MAX })),
  replyTo: Type.Optional(Seq),
});
export type TextBody = Static<typeof TextBody>;

/** What happened to the chat itself. The sender of the entry is who did it. */
export const SystemBody = Type.Union([
  Type.Object({ event: Type.Literal("created"), name: Type.Optional(Type.String()), members: Type.Array(UserId) }),
  Type.Object({ event: Type.Literal("added"), userId: UserId }),
  Type.Object({ event: Type.Literal("removed"), userId: UserId }),
  Type.Object({ event: Type.Literal("left"), userId: UserId }),
]);
export type SystemBody = Static<typeof SystemBody>;

const Placed = {
  seq: Seq,
  sender: UserId,
  clientId: ClientId,
  sentAt: TimeMs,
  edited: Type.Optional(Type.Integer()),
  retracted: Type.Optional(Type.Boolean()),
};

/** One entry of a chat's log. A `void` keeps its seq, is never shown and never counted. */
export const Message = Type.Union([
  Type.Object({ ...Placed, kind: Type.Literal("text"), body: TextBody }),
  Type.Object({ ...Placed, kind: Type.Literal("system"), body: SystemBody }),
  Type.Object({ seq: Seq, kind: Type.Literal("void") }),
]);
export type Message = Static<typeof Message>;

export const messageSend = {
  params: Type.Object({
    chatId: ChatId,
    clientId: ClientId,
    kind: Type.Literal("text"),
    body: TextBody,
  }),
  result: Type.Object({ seq: Seq, sentAt: TimeMs, epoch: Epoch }),
};

/** `before` and `after` exclude the seq they name; `at` starts at the first message sent then or later; none: the newest. */
export const messageHistory = {
  params: Type.Object({
    chatId: ChatId,
    before: Type.Optional(Seq),
    after: Type.Optional(SeqOrZero),
    at: Type.Optional(TimeMs),
    limit: Type.Integer({ minimum: 1, maximum: HISTORY_PAGE_MAX }),
  }),
  result: Type.Object({
    messages: Type.Array(Message),
    head: SeqOrZero,
    pos: Pos,
    epoch: Epoch,
    more: Type.Optional(Type.Boolean()),
  }),
};

export const messageMarkRead = { params: Type.Object({ chatId: ChatId, seq: Seq }), result: Empty };
export const messageMarkDelivered = { params: Type.Object({ chatId: ChatId, seq: Seq }), result: Empty };

/** Never stored; stops by itself after TYPING_TTL_MS. */
export const messageSetTyping = { params: Type.Object({ chatId: ChatId, typing: Type.Boolean() }), result: Empty };
