import { type Static, Type } from "typebox";
import { ChatId, ClientId, Epoch, ID_PATTERN, Pos, Seq, SeqOrZero, UserId, Version } from "../ids.ts";
import { SYNC_HEADS_MAX, SYNC_NEWEST_MAX } from "../limits.ts";
import { Chat } from "./chat.ts";
import { Message } from "./message.ts";
import { record } from "./record.ts";
import { ChatPrefs, Draft, Setting } from "./settings.ts";

/**
 * One entry of a user's inbox: what changes something that a client has cached. Notices may come twice; those with a
 * `version` count only when it is higher than the one known.
 */
export const Notice = Type.Union([
  /** The caller's own chats; a direct chat is joined at seq 0. */
  Type.Object({ kind: Type.Literal("joined"), chatId: ChatId, seq: SeqOrZero }),
  Type.Object({ kind: Type.Literal("left"), chatId: ChatId, seq: Seq }),
  /** The own read marker, set on another device. */
  Type.Object({ kind: Type.Literal("read"), chatId: ChatId, seq: Seq }),
  Type.Object({ kind: Type.Literal("mention"), chatId: ChatId, seq: Seq, userId: UserId }),
  /** Gone for everybody; `by` is absent when its time had come. Final. */
  Type.Object({ kind: Type.Literal("retract"), chatId: ChatId, seq: Seq, by: Type.Optional(UserId) }),
  /** Another body: `message.get` has it. */
  Type.Object({ kind: Type.Literal("edit"), chatId: ChatId, seq: Seq, version: Version }),
  /** Delete for me, on another device, or a second copy that left the log: these entries are void for the caller. */
  Type.Object({ kind: Type.Literal("hide"), chatId: ChatId, seqs: Type.Array(Seq) }),
  Type.Object({ kind: Type.Literal("star"), chatId: ChatId, seq: Seq, on: Type.Boolean(), version: Version }),
  Type.Object({ kind: Type.Literal("prefs"), chatId: ChatId, prefs: ChatPrefs, version: Version }),
  Type.Object({ kind: Type.Literal("draft"), chatId: ChatId, draft: Draft, version: Version }),
  Type.Object({ kind: Type.Literal("setting"), setting: Setting }),
  /** Scheduled messages changed: `message.scheduled` has them. */
  Type.Object({ kind: Type.Literal("scheduled"), clientId: ClientId }),
  /** Contacts, requests or blocks changed between the caller and this person: `user.profile` says how. */
  Type.Object({
    kind: Type.Literal("contact"),
    userId: UserId,
    change: Type.Union([
      Type.Literal("requested"),
      Type.Literal("cancelled"),
      Type.Literal("accepted"),
      Type.Literal("refused"),
      Type.Literal("ignored"),
      Type.Literal("removed"),
      Type.Literal("noted"),
      Type.Literal("blocked"),
      Type.Literal("unblocked"),
    ]),
  }),
  /** Somebody asks the caller into a group, or does not any more. */
  Type.Object({ kind: Type.Literal("invitation"), chatId: ChatId, userId: UserId, open: Type.Boolean() }),
  /** To admins: somebody asks to join, or does not any more. */
  Type.Object({ kind: Type.Literal("joinRequest"), chatId: ChatId, userId: UserId, open: Type.Boolean() }),
  /** The own account changed on another device: `account.get` has it. */
  Type.Object({ kind: Type.Literal("account") }),
]);
export type Notice = Static<typeof Notice>;

/** State of one chat for the caller. `messages`: the newest of those after the caller's head, ascending. */
export const ChatState = Type.Object({
  chat: Chat,
  head: SeqOrZero,
  readSeq: SeqOrZero,
  /** Counted up to UNREAD_COUNT_MAX. */
  unread: Type.Integer(),
  /** Unread ones that mention the caller, counted up to UNREAD_COUNT_MAX. */
  mentions: Type.Integer(),
  prefs: Type.Optional(ChatPrefs),
  /** Version of `prefs`; 0 when never set. */
  prefsVersion: Type.Optional(Version),
  draft: Type.Optional(Draft),
  draftVersion: Type.Optional(Version),
  /** Pinned messages, the one pinned last first. */
  pins: Type.Optional(Type.Array(Seq)),
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
    heads: Type.Optional(record(ID_PATTERN, SeqOrZero, { maxProperties: SYNC_HEADS_MAX })),
    tails: Type.Optional(record(ID_PATTERN, ClientId, { maxProperties: SYNC_HEADS_MAX })),
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
