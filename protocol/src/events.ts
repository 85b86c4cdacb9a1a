import { type Static, Type } from "typebox";
import { ChatId, ClientId, Epoch, Pos, Seq, SeqOrZero, TimeMs, UserId } from "./ids.ts";
import { Call, CallBody, CallSignalled } from "./schema/call.ts";
import { Chat } from "./schema/chat.ts";
import { FileBody, FileKind } from "./schema/file.ts";
import { ContactBody, ForwardBody, LocationBody, PollBody, SystemBody, TextBody } from "./schema/message.ts";
import { Presence } from "./schema/people.ts";
import { Notice } from "./schema/sync.ts";

const NewPlaced = {
  chatId: ChatId,
  seq: Seq,
  sender: UserId,
  clientId: ClientId,
  sentAt: TimeMs,
  expiresAt: Type.Optional(TimeMs),
};

/** THE TABLE of events that the server pushes. Unknown events and fields are ignored by clients. */
export const EVENTS = {
  /** Messages of one chat come in seq order; a jump means that something was missed: fetch it. */
  "message.new": Type.Union([
    Type.Object({ ...NewPlaced, kind: Type.Literal("text"), body: TextBody }),
    Type.Object({ ...NewPlaced, kind: Type.Literal("location"), body: LocationBody }),
    Type.Object({ ...NewPlaced, kind: Type.Literal("contact"), body: ContactBody }),
    Type.Object({ ...NewPlaced, kind: Type.Literal("poll"), body: PollBody }),
    Type.Object({ ...NewPlaced, kind: Type.Literal("forward"), body: ForwardBody }),
    Type.Object({ ...NewPlaced, kind: FileKind, body: FileBody }),
    Type.Object({ ...NewPlaced, kind: Type.Literal("call"), body: CallBody }),
    Type.Object({ ...NewPlaced, kind: Type.Literal("system"), body: SystemBody }),
    /** Taken back before it could be told, or fetched late. */
    Type.Object({
      ...NewPlaced,
      kind: Type.Literal("retracted"),
      retracted: Type.Literal(true),
      body: Type.Object({ by: Type.Optional(UserId) }),
    }),
    Type.Object({ chatId: ChatId, seq: Seq, kind: Type.Literal("void") }),
  ]),
  /** `pos` is the cursor after this notice. A client whose cursor is not `prev` has missed another one: pull. */
  "inbox.new": Type.Object({ pos: Pos, prev: Type.Optional(Pos), notice: Notice }),
  /** A chat that the user belongs to appeared or changed. */
  "chat.changed": Type.Object({ chat: Chat }),
  "member.changed": Type.Object({
    chatId: ChatId,
    userId: UserId,
    change: Type.Union([
      Type.Literal("added"),
      Type.Literal("removed"),
      Type.Literal("left"),
      /** Role or mute: `member.list` has it. */
      Type.Literal("changed"),
    ]),
    seq: Seq,
  }),
  /** One reaction of one person; a hint for views that are open. */
  "reaction.changed": Type.Object({
    chatId: ChatId,
    seq: Seq,
    userId: UserId,
    emoji: Type.String(),
    on: Type.Boolean(),
  }),
  /** Votes of a poll changed, or it was closed: `message.poll` has them. */
  "poll.changed": Type.Object({ chatId: ChatId, seq: Seq }),
  /** The last thing that a session hears before it is closed with `session_revoked`. */
  "session.ended": Type.Object({
    why: Type.Union([
      /** Signed out from another device, or the password was changed. */
      Type.Literal("revoked"),
      /** The server allows one device only, and another one signed in. */
      Type.Literal("replaced"),
      Type.Literal("deleted"),
    ]),
  }),
  /** To everybody who was asked in or is in it, and to those of its chat who are connected. */
  "call.changed": Type.Object({ call: Call }),
  /** To the device of the participant that it is for. */
  "call.signalled": CallSignalled,
  "presence.changed": Presence,
  "typing.changed": Type.Object({ chatId: ChatId, userId: UserId, typing: Type.Boolean() }),
  /** How far a member (or the user on another device) has received and read. */
  "read.changed": Type.Object({ chatId: ChatId, userId: UserId, read: SeqOrZero, delivered: SeqOrZero }),
  /** The connection was too slow and got no pushes of these chats: pull. An empty list means any. */
  "sync.behind": Type.Object({ chatIds: Type.Array(ChatId) }),
  /** The store has a new epoch (S9). */
  "sync.reset": Type.Object({ epoch: Epoch }),
} as const;

export type EventName = keyof typeof EVENTS;
export type EventData<E extends EventName> = Static<(typeof EVENTS)[E]>;

export function isEvent(name: string): name is EventName {
  return Object.hasOwn(EVENTS, name);
}
