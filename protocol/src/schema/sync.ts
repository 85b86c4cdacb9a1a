import { type Static, Type } from "typebox";
import { ChatId, ClientId, Epoch, Pos, Seq, SeqOrZero, UserId } from "../ids.ts";
import { SYNC_HEADS_MAX, SYNC_NEWEST_MAX } from "../limits.ts";
import { Chat } from "./chat.ts";
import { Message } from "./message.ts";

/**
 * One entry of a user's inbox: what changes something that a client has cached.
 * `joined` and `left`: the caller's own chats, a direct chat being joined at seq 0; `read`: the own read marker, set on another device.
 */
export const Notice = Type.Union([
  Type.Object({ kind: Type.Literal("joined"), chatId: ChatId, seq: SeqOrZero }),
  Type.Object({ kind: Type.Literal("left"), chatId: ChatId, seq: Seq }),
  Type.Object({ kind: Type.Literal("read"), chatId: ChatId, seq: Seq }),
  Type.Object({ kind: Type.Literal("mention"), chatId: ChatId, seq: Seq, userId: UserId }),
]);
export type Notice = Static<typeof Notice>;

/** State of one chat for the caller. `messages`: the newest of those after the caller's head, ascending. */
export const ChatState = Type.Object({
  chat: Chat,
  head: SeqOrZero,
  readSeq: SeqOrZero,
  /** Counted up to UNREAD_COUNT_MAX. */
  unread: Type.Integer(),
  messages: Type.Array(Message),
  /** Drop what is cached of this chat: its log is another one now. */
  reset: Type.Optional(Type.Boolean()),
});
export type ChatState = Static<typeof ChatState>;

/**
 * `pos`: the cursor of the pull before; absent on a new device. `heads`: how far the client has each chat, chats left
 * out count as 0. `tails`: clientId of the entry at that head, to detect a log that was rewritten. `after`: where to go
 * on, from the `more` of the pull before. `newest`: messages wanted of each chat.
 */
export const syncPull = {
  params: Type.Object({
    pos: Type.Optional(Pos),
    heads: Type.Optional(Type.Record(ChatId, SeqOrZero, { maxProperties: SYNC_HEADS_MAX })),
    tails: Type.Optional(Type.Record(ChatId, ClientId, { maxProperties: SYNC_HEADS_MAX })),
    after: Type.Optional(Type.String({ maxLength: 128 })),
    newest: Type.Optional(Type.Integer({ minimum: 0, maximum: SYNC_NEWEST_MAX })),
  }),
  result: Type.Object({
    pos: Pos,
    notices: Type.Array(Notice),
    chats: Type.Array(ChatState),
    epoch: Epoch,
    /** Go on with this as `after`, all else unchanged. */
    more: Type.Optional(Type.String()),
    /** The cursor was too old: `chats` is a snapshot, drop cached bodies and chats that it does not name. */
    reset: Type.Optional(Type.Boolean()),
  }),
};
