import { type Static, type TProperties, Type } from "typebox";
import { BlobHash, ChatId, ClientId, Epoch, Pos, Seq, SeqOrZero, TimeMs, UserId, Version } from "../ids.ts";
import {
  EMOJI_MAX,
  HISTORY_PAGE_MAX,
  LOCATION_LABEL_MAX,
  MENTIONS_MAX,
  POLL_OPTIONS_MAX,
  POLL_OPTIONS_MIN,
  POLL_TEXT_MAX,
  SEQS_MAX,
  STAR_PAGE_MAX,
  TEXT_MAX_BYTES,
} from "../limits.ts";
import { Empty } from "./account.ts";
import { CallBody } from "./call.ts";
import { JoinPolicy, Role } from "./chat.ts";
import { FileBody, FileKind, NewFile } from "./file.ts";
import { Forwarded } from "./forwarded.ts";
import { UserCard } from "./people.ts";

/** `text` is bounded in UTF-8 bytes by the server; here in code points, which are never more. */
const textFields = {
  text: Type.String({ maxLength: TEXT_MAX_BYTES }),
  mentions: Type.Optional(Type.Array(UserId, { maxItems: MENTIONS_MAX })),
  /** Mentions everybody in the chat; in groups admins only. */
  mentionAll: Type.Optional(Type.Literal(true)),
  replyTo: Type.Optional(Seq),
};
/** A Markdown subset: emphasis, strong, strike, code, code blocks, quotes, lists, links. Never HTML. */
export const TextBody = Type.Object({ ...textFields, forwarded: Type.Optional(Forwarded) });
export type TextBody = Static<typeof TextBody>;
/** What a client sends of it. */
const NewText = Type.Object(textFields);

const locationFields = {
  /** Degrees, WGS 84. */
  latitude: Type.Number({ minimum: -90, maximum: 90 }),
  longitude: Type.Number({ minimum: -180, maximum: 180 }),
  label: Type.Optional(Type.String({ maxLength: LOCATION_LABEL_MAX })),
  replyTo: Type.Optional(Seq),
};
export const LocationBody = Type.Object({ ...locationFields, forwarded: Type.Optional(Forwarded) });
export type LocationBody = Static<typeof LocationBody>;

/** Somebody's card; stored with the names of then, so that it says the same later. */
export const ContactBody = Type.Object({ user: UserCard, forwarded: Type.Optional(Forwarded) });
export type ContactBody = Static<typeof ContactBody>;

const PollText = Type.String({ minLength: 1, maxLength: POLL_TEXT_MAX });
/** Votes are not part of the log: `message.poll` counts them. */
export const PollBody = Type.Object({
  question: PollText,
  options: Type.Array(PollText, { minItems: POLL_OPTIONS_MIN, maxItems: POLL_OPTIONS_MAX }),
  /** More than one option may be chosen. */
  multiple: Type.Boolean(),
  /** Nobody, not even admins, is told who chose what. */
  anonymous: Type.Boolean(),
  closesAt: Type.Optional(TimeMs),
});
export type PollBody = Static<typeof PollBody>;

/** Several messages forwarded as one, as they were then. Items are not forwarded collections themselves. */
export const ForwardItem = Type.Union([
  Type.Object({ sender: UserCard, sentAt: TimeMs, kind: Type.Literal("text"), body: TextBody }),
  Type.Object({ sender: UserCard, sentAt: TimeMs, kind: Type.Literal("location"), body: LocationBody }),
  Type.Object({ sender: UserCard, sentAt: TimeMs, kind: Type.Literal("contact"), body: ContactBody }),
  Type.Object({ sender: UserCard, sentAt: TimeMs, kind: FileKind, body: FileBody }),
]);
export type ForwardItem = Static<typeof ForwardItem>;
export const ForwardBody = Type.Object({ items: Type.Array(ForwardItem, { minItems: 1, maxItems: SEQS_MAX }) });
export type ForwardBody = Static<typeof ForwardBody>;

/** What happened to the chat itself. The sender of the entry is who did it. */
export const SystemBody = Type.Union([
  Type.Object({ event: Type.Literal("created"), name: Type.Optional(Type.String()), members: Type.Array(UserId) }),
  /** `by` of a link or request is the person themselves. */
  Type.Object({
    event: Type.Literal("added"),
    userId: UserId,
    how: Type.Optional(
      Type.Union([Type.Literal("link"), Type.Literal("request"), Type.Literal("invitation"), Type.Literal("open")]),
    ),
  }),
  Type.Object({ event: Type.Literal("removed"), userId: UserId }),
  Type.Object({ event: Type.Literal("left"), userId: UserId }),
  Type.Object({ event: Type.Literal("role"), userId: UserId, role: Role }),
  /** The sender was the owner, `userId` is now. */
  Type.Object({ event: Type.Literal("transferred"), userId: UserId }),
  /** Until 0: not any more. */
  Type.Object({ event: Type.Literal("muted"), userId: UserId, untilMs: TimeMs }),
  /** Fields that were not changed are absent. A null avatar was taken away. */
  Type.Object({
    event: Type.Literal("changed"),
    name: Type.Optional(Type.String()),
    description: Type.Optional(Type.String()),
    avatar: Type.Optional(Type.Union([BlobHash, Type.Null()])),
    join: Type.Optional(JoinPolicy),
    slowModeMs: Type.Optional(Type.Integer()),
    announcements: Type.Optional(Type.Boolean()),
    historyForNew: Type.Optional(Type.Boolean()),
    disappearMs: Type.Optional(Type.Integer()),
  }),
  Type.Object({ event: Type.Literal("pinned"), seq: Seq, on: Type.Boolean() }),
  /** A direct chat: both are contacts now. */
  Type.Object({ event: Type.Literal("contacts") }),
  Type.Object({ event: Type.Literal("deleted") }),
]);
export type SystemBody = Static<typeof SystemBody>;

const Placed = {
  seq: Seq,
  sender: UserId,
  clientId: ClientId,
  sentAt: TimeMs,
  /** How often it was edited; `body` is the newest. */
  edited: Type.Optional(Type.Integer()),
  /** It vanishes then. */
  expiresAt: Type.Optional(TimeMs),
};

/** Kinds that a person sends, with the body that is stored. */
export const CONTENT = {
  text: TextBody,
  location: LocationBody,
  contact: ContactBody,
  poll: PollBody,
  forward: ForwardBody,
  image: FileBody,
  file: FileBody,
  voice: FileBody,
  video: FileBody,
} as const;
export type ContentKind = keyof typeof CONTENT;

const Content = [
  Type.Object({ ...Placed, kind: Type.Literal("text"), body: TextBody }),
  Type.Object({ ...Placed, kind: Type.Literal("location"), body: LocationBody }),
  Type.Object({ ...Placed, kind: Type.Literal("contact"), body: ContactBody }),
  Type.Object({ ...Placed, kind: Type.Literal("poll"), body: PollBody }),
  Type.Object({ ...Placed, kind: Type.Literal("forward"), body: ForwardBody }),
  Type.Object({ ...Placed, kind: FileKind, body: FileBody }),
] as const;

/**
 * One entry of a chat's log. A `void` keeps its seq, is never shown and never counted. A retracted or vanished message
 * keeps who and when; its `kind` is `retracted` and its content is gone from the store.
 */
export const Message = Type.Union([
  ...Content,
  /** Left by a call when it is over. */
  Type.Object({ ...Placed, kind: Type.Literal("call"), body: CallBody }),
  Type.Object({ ...Placed, kind: Type.Literal("system"), body: SystemBody }),
  Type.Object({
    seq: Seq,
    sender: UserId,
    clientId: ClientId,
    sentAt: TimeMs,
    kind: Type.Literal("retracted"),
    retracted: Type.Literal(true),
    body: Type.Object({
      /** Who took it back; absent when its time had come. */
      by: Type.Optional(UserId),
    }),
  }),
  Type.Object({ seq: Seq, kind: Type.Literal("void") }),
]);
export type Message = Static<typeof Message>;

/** What a client sends. `contact` and `forward` name what the server then copies. */
const newContent = [
  { kind: Type.Literal("text"), body: NewText },
  { kind: Type.Literal("location"), body: Type.Object(locationFields) },
  { kind: Type.Literal("contact"), body: Type.Object({ userId: UserId }) },
  { kind: Type.Literal("poll"), body: PollBody },
  /** One message keeps its kind and gets `forwarded`; several become one `forward`. Ascending. */
  {
    kind: Type.Literal("forward"),
    body: Type.Object({ chatId: ChatId, seqs: Type.Array(Seq, { minItems: 1, maxItems: SEQS_MAX }) }),
  },
  { kind: FileKind, body: NewFile },
] as const;

/** The union of the kinds, each with these fields beside. */
function withContent<Fields extends TProperties>(fields: Fields) {
  const [text, location, contact, poll, forward, file] = newContent;
  return Type.Union([
    Type.Object({ ...fields, ...text }),
    Type.Object({ ...fields, ...location }),
    Type.Object({ ...fields, ...contact }),
    Type.Object({ ...fields, ...poll }),
    Type.Object({ ...fields, ...forward }),
    Type.Object({ ...fields, ...file }),
  ]);
}

export const NewContent = withContent({});
export type NewContent = Static<typeof NewContent>;

const addressed = { chatId: ChatId, clientId: ClientId };

export const messageSend = {
  params: withContent(addressed),
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

const OneMessage = Type.Object({ chatId: ChatId, seq: Seq });
const Seqs = Type.Array(Seq, { minItems: 1, maxItems: SEQS_MAX });

/** Single messages: the target of a reply, a pin, a star, an edit. Those one may not read are left out. */
export const messageGet = {
  params: Type.Object({ chatId: ChatId, seqs: Seqs }),
  result: Type.Object({ messages: Type.Array(Message), pos: Pos }),
};

export const messageMarkRead = { params: OneMessage, result: Empty };
export const messageMarkDelivered = { params: OneMessage, result: Empty };

/** Never stored; stops by itself after TYPING_TTL_MS. */
export const messageSetTyping = { params: Type.Object({ chatId: ChatId, typing: Type.Boolean() }), result: Empty };

/** Who has read this message, and who has received it and not read it yet, without its sender; in chats of at most 128 members. */
export const messageReaders = {
  params: OneMessage,
  result: Type.Object({ read: Type.Array(UserCard), delivered: Type.Array(UserCard) }),
};

/** By its sender while the window lasts, by admins of a group always. Final: nothing brings it back. */
export const messageRetract = { params: OneMessage, result: Type.Object({ version: Version }) };

/** By its sender, texts only. `mentions` and `replyTo` may change too. */
export const messageEdit = {
  params: Type.Object({ chatId: ChatId, seq: Seq, body: NewText }),
  result: Type.Object({ version: Version }),
};
/** All versions, the first (version 0, as it was sent) to the newest. */
export const messageEdits = {
  params: OneMessage,
  result: Type.Object({
    versions: Type.Array(Type.Object({ version: Type.Integer(), at: TimeMs, body: TextBody })),
  }),
};

const Emoji = Type.String({ minLength: 1, maxLength: EMOJI_MAX });
export const Reaction = Type.Object({
  emoji: Type.String(),
  count: Type.Integer(),
  mine: Type.Boolean(),
  /** The first REACTION_PEOPLE_MAX of them. */
  people: Type.Array(UserId),
});
export type Reaction = Static<typeof Reaction>;
export const messageReact = {
  params: Type.Object({ chatId: ChatId, seq: Seq, emoji: Emoji, on: Type.Boolean() }),
  result: Empty,
};
/** Of the messages `from` to `to`, at most REACTIONS_RANGE_MAX; messages without reactions are left out. */
export const messageReactions = {
  params: Type.Object({ chatId: ChatId, from: Seq, to: Seq }),
  result: Type.Object({
    messages: Type.Array(Type.Object({ seq: Seq, reactions: Type.Array(Reaction) })),
  }),
};

/** Admins of a group, either person of a direct chat. A system entry of the log tells it. */
export const messagePin = {
  params: Type.Object({ chatId: ChatId, seq: Seq, on: Type.Boolean() }),
  result: Type.Object({ seq: SeqOrZero }),
};

const Choice = Type.Integer({ minimum: 0, maximum: POLL_OPTIONS_MAX - 1 });
export const PollState = Type.Object({
  /** Votes for each option. */
  counts: Type.Array(Type.Integer()),
  /** People who voted. */
  voters: Type.Integer(),
  mine: Type.Array(Choice),
  closed: Type.Boolean(),
  /** For each option, unless the poll is anonymous; the first REACTION_PEOPLE_MAX. */
  people: Type.Optional(Type.Array(Type.Array(UserId))),
});
export type PollState = Static<typeof PollState>;
/** In place of the vote before; an empty list takes it back. Who leaves the chat has voted nevertheless. */
export const messageVote = {
  params: Type.Object({
    chatId: ChatId,
    seq: Seq,
    options: Type.Array(Choice, { maxItems: POLL_OPTIONS_MAX, uniqueItems: true }),
  }),
  result: Type.Object({ poll: PollState }),
};
export const messagePoll = { params: OneMessage, result: Type.Object({ poll: PollState }) };
/** By who asked, and by admins. */
export const messageClosePoll = { params: OneMessage, result: Empty };

/** On all devices of the caller, and nobody else's. Listed are those that the caller may still read. */
export const messageStar = {
  params: Type.Object({ chatId: ChatId, seq: Seq, on: Type.Boolean() }),
  result: Empty,
};
export const Star = Type.Object({ chatId: ChatId, seq: Seq, at: TimeMs });
export type Star = Static<typeof Star>;
/** The newest first; `before` is the time of the last one of the page before. */
export const messageStars = {
  params: Type.Object({
    before: Type.Optional(TimeMs),
    limit: Type.Integer({ minimum: 1, maximum: STAR_PAGE_MAX }),
  }),
  result: Type.Object({ stars: Type.Array(Star), more: Type.Optional(Type.Boolean()) }),
};
/**
 * Delete for me: gone on all devices of the caller, for good, and nobody else's. History and sync answer these entries
 * to the caller as `void`.
 */
export const messageHide = { params: Type.Object({ chatId: ChatId, seqs: Seqs }), result: Empty };

/**
 * `clientId` is that of the message it becomes; naming it again replaces what was to be sent. Its age is checked when
 * it is scheduled, not when it is sent; a message that could not be sent within 28 days of its time fails with
 * `CLIENT_ID_EXPIRED`, so that it never becomes a second one. TOO_LATE once it is on its way.
 */
export const messageSchedule = {
  params: withContent({ ...addressed, at: TimeMs }),
  result: Empty,
};
/** NOT_FOUND once it is on its way. */
export const messageUnschedule = { params: Type.Object({ clientId: ClientId }), result: Empty };
export const ScheduledMessage = Type.Object({
  chatId: ChatId,
  clientId: ClientId,
  at: TimeMs,
  content: NewContent,
  /** Why it could not be sent at its time: the name of a reply error. It waits for a person then. */
  failed: Type.Optional(Type.String()),
});
export type ScheduledMessage = Static<typeof ScheduledMessage>;
export const messageScheduled = { params: Empty, result: Type.Object({ messages: Type.Array(ScheduledMessage) }) };
