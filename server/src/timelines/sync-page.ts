import {
  type Chat,
  type ChatId,
  type ClientId,
  limits,
  type Notice,
  type Params,
  type Pos,
  ReplyError,
  type UserId,
} from "@parley/protocol";
import { readParams } from "../params.ts";
import { viewOwnChat } from "../records/chat-record.ts";
import { CLIENT_ID_AT, clientIdText, readHead, readHeadBytes } from "../records/entry.ts";
import { hiddenCounts, hiddenSeqs } from "../records/hidden.ts";
import { type InboxPlace, inboxEnd, placeOf, posOf, readInbox } from "../records/inbox.ts";
import { highestMarkers } from "../records/markers.ts";
import { type OwnChat, presentChats, readOwnFacts } from "../records/membership.ts";
import { hasOverlay } from "../records/overlay.ts";
import { pinsOf } from "../records/pins.ts";
import { readVersioned, type Versioned } from "../records/versioned.ts";
import { chatLog, userChats, userDrafts, userPrefs, userRead } from "../store/keys.ts";
import type { Kv } from "../store/kv.ts";
import { asSeen } from "./as-seen.ts";
import { editedRange } from "./edited.ts";
import type { Jobs } from "./jobs.ts";
import { messageBytes, Page } from "./page.ts";
import { countUnread, newestCounted, oldestCounted, type Unread } from "./unread.ts";

/** Room for what surrounds the chats. */
const AROUND_BYTES = 1024;
/** Chats that are read together: few enough that a page which is full has not read much in vain. */
const BATCH = 32;
/** More notices than this are no increment any more: a snapshot is shorter. */
const NOTICES_MAX = 2000;
/** What somebody belongs to changes rarely while it is read. */
const READ_TRIES_MAX = 10;

/** A chat to be told of. */
interface Candidate {
  readonly chat: OwnChat;
  readonly head: number;
  /** Up to where the client has it; 0 when what it has is of no use. */
  readonly known: number;
  readonly reset: boolean;
}

/**
 * `sync.pull`: notices since the cursor, and the chats that moved, the most recently active first. Calls `between` where a
 * part of it is done.
 */
export async function syncPage(store: Kv, job: Jobs["sync"], between = () => {}): Promise<Uint8Array> {
  const { userId, epoch } = job;
  const params = typeof job.params === "string" ? readParams("sync.pull", job.params, between) : job.params;
  between();
  const after = params.after === undefined ? null : parseAfter(params.after);
  const place = params.pos === undefined ? null : placeOf(params.pos);
  const { end, since, candidates, own } = await readParts(store, job, params, place, between);
  const named = new Set(since.notices.map(({ notice }) => ("chatId" in notice ? notice.chatId : "")));
  // Further pages go on with what the first one found and said about the inbox.
  const { notices, snapshot, pos } = after === null ? { ...since, pos: posOf(end) } : { ...after, notices: [] };
  const page = new Page().text(`{"pos":${JSON.stringify(pos)},"epoch":${JSON.stringify(epoch)},"notices":[`);
  page.text(notices.map(({ text }) => text).join(",")).text(snapshot && after === null ? '],"reset":true' : "]");

  const everything = snapshot || params.pos === undefined;
  const told = candidates
    .filter(({ chat, head, known, reset }) => {
      return everything || reset || chat.lobby === true || head > known || named.has(chat.chatId);
    })
    .map((candidate) => (snapshot ? { ...candidate, known: 0 } : candidate));
  const newest = params.newest ?? job.newest;
  const states = (batch: readonly Candidate[]) =>
    Promise.all(
      batch.map(async (one) => {
        between();
        const state = await chatState(store, userId, one, own, newest);
        between();
        return state;
      }),
    );
  const last = await fill(page.text(',"chats":['), inOrder(store, told, after, states), notices.length > 0);
  page.text("]");
  if (last !== null) page.text(`,"more":${JSON.stringify(formatAfter({ snapshot, pos }, last))}`);
  return page.text("}").join();
}

/** Adds chats until the page is full, at least one unless there are notices; answers where to go on if there are more. */
async function fill(page: Page, states: AsyncIterable<State>, hasNotices: boolean): Promise<Place | null> {
  let last: Place | null = hasNotices ? BEFORE_ALL : null;
  for await (const state of states) {
    if (last !== null && page.bytes + state.page.bytes + AROUND_BYTES > limits.REPLY_MAX_BYTES) return last;
    page.text(last === null || last === BEFORE_ALL ? "" : ",").append(state.page);
    last = state;
  }
  return null;
}

/** The most recently active first. Only when there are many are their last entries read before the rest, for the order. */
async function* inOrder(
  store: Kv,
  told: readonly Candidate[],
  after: After | null,
  states: (batch: readonly Candidate[]) => Promise<State[]>,
): AsyncGenerator<State> {
  const isNext = (one: Place) => after === null || comparePlaces(after, one) < 0;
  if (told.length <= BATCH) {
    yield* (await states(told)).filter(isNext).sort(comparePlaces);
    return;
  }
  const placed = await Promise.all(
    told.map(async (candidate) => ({
      candidate,
      chatId: candidate.chat.chatId,
      activeAt: await lastActive(store, candidate),
    })),
  );
  const next = placed.filter(isNext).sort(comparePlaces);
  for (let from = 0; from < next.length; from += BATCH) {
    yield* await states(next.slice(from, from + BATCH).map(({ candidate }) => candidate));
  }
}

/** Where a chat stands in the list. One that becomes active meanwhile moves to the front: its events tell of it. */
interface Place {
  readonly activeAt: number;
  readonly chatId: ChatId;
}

/** No chat has been active so late. */
const BEFORE_ALL: Place = { activeAt: 999_999_999_999_999, chatId: "a".repeat(26) };

function comparePlaces(a: Place, b: Place): number {
  return b.activeAt - a.activeAt || (a.chatId < b.chatId ? -1 : a.chatId > b.chatId ? 1 : 0);
}

async function lastActive(store: Kv, { chat: { chatId }, head }: Candidate): Promise<number> {
  const entry = head === 0 ? null : await store.listGet(chatLog(chatId), head - 1);
  return readHead(entry ?? "")?.sentAt ?? 0;
}

interface NoticesSince {
  readonly notices: readonly { readonly notice: Notice; readonly text: string }[];
  /** The client has to begin anew. */
  readonly snapshot: boolean;
}

/** A new device has nothing that a notice could correct. */
const NO_NOTICES: NoticesSince = { notices: [], snapshot: false };

async function noticesSince(
  store: Kv,
  userId: UserId,
  place: InboxPlace | null,
  end: InboxPlace,
  now: number,
): Promise<NoticesSince> {
  const limit = { nowMs: now, most: NOTICES_MAX };
  const texts = place === null ? null : await readInbox(store, userId, place, end, limit);
  if (texts === null) return { notices: [], snapshot: true };
  return { notices: texts.map((text) => ({ text, notice: JSON.parse(text) as Notice })), snapshot: false };
}

/** What the page is made of. */
interface Parts {
  readonly end: InboxPlace;
  readonly since: NoticesSince;
  readonly candidates: readonly Candidate[];
  readonly own: Own;
}

/** The cursor is read before what it is the cursor of: nothing else would tell of what changed in between. */
async function readParts(
  store: Kv,
  { userId, now }: Jobs["sync"],
  params: Params<"sync.pull">,
  place: InboxPlace | null,
  between: () => void,
): Promise<Parts> {
  for (let tries = 0; tries < READ_TRIES_MAX; tries++) {
    // Where commands keep their order, the chats are read after it, too.
    const [end, facts] = await Promise.all([inboxEnd(store, userId, now, place?.month), readOwnFacts(store, userId)]);
    const chats = await presentChats(store, facts);
    between();
    const [since, candidates, own, count] = await Promise.all([
      params.pos === undefined ? NO_NOTICES : noticesSince(store, userId, place, end, now),
      findCandidates(store, chats, params.heads ?? {}, params.tails ?? {}),
      readOwn(store, userId, now),
      store.inOrder ? facts.count : store.hashLength(userChats(userId)),
    ]);
    between();
    if (count === facts.count) return { end, since, candidates, own };
  }
  throw new ReplyError("OVERLOADED", { message: "What the user belongs to changes all the time" });
}

async function findCandidates(
  store: Kv,
  chats: readonly OwnChat[],
  heads: Readonly<Record<ChatId, number>>,
  tails: Readonly<Record<ChatId, ClientId>>,
): Promise<Candidate[]> {
  const cached = chats.map(({ chatId }) => {
    const length = heads[chatId] ?? 0;
    const tail = length > 0 ? tails[chatId] : undefined;
    return { key: chatLog(chatId), length, text: tail === undefined ? "" : clientIdText(tail) };
  });
  const changes = await store.listChanges(cached, CLIENT_ID_AT);
  return chats.map((chat, i) => {
    const { length: known = 0 } = cached[i] ?? {};
    const { length: head, same } = changes[i] ?? { length: known, same: true };
    // Nobody's inbox tells what was retracted or edited in the lobby: what is cached of it is read anew.
    const stale = chat.lobby === true && known > 0;
    const reset = stale || head < known || !same;
    return { chat, head, known: reset ? 0 : known, reset };
  });
}

/** What is the user's own in all chats. */
interface Own {
  readonly read: ReadonlyMap<ChatId, number>;
  readonly prefs: ReadonlyMap<ChatId, Versioned>;
  readonly drafts: ReadonlyMap<ChatId, Versioned>;
  /** Chats of which the user has hidden something. */
  readonly hides: ReadonlyMap<ChatId, number>;
}

async function readOwn(store: Kv, userId: UserId, now: number): Promise<Own> {
  const [markers, prefs, drafts, hides] = await Promise.all([
    store.hashGetAll(userRead(userId)),
    readVersioned(store, userPrefs(userId), now),
    readVersioned(store, userDrafts(userId), now),
    hiddenCounts(store, userId),
  ]);
  return { read: highestMarkers(markers), prefs: prefs.latest, drafts: drafts.latest, hides };
}

/** A chat as the page tells it. */
interface State extends Place {
  readonly page: Page;
}

async function chatState(store: Kv, userId: UserId, candidate: Candidate, own: Own, newest: number): Promise<State> {
  const { head, known, reset } = candidate;
  const { chatId, joinedSeq } = candidate.chat;
  const readSeq = own.read.get(chatId) ?? 0;
  // What was said before they came is nothing that they have missed, whether or not they may read it.
  const firstUnread = Math.max(readSeq + 1, joinedSeq, 1);
  const newestFrom = Math.max(1, known + 1, head - newest + 1);
  const hidden = own.hides.has(chatId)
    ? hiddenSeqs(store, userId, chatId, Math.min(newestFrom, oldestCounted(firstUnread, head)), head)
    : NOTHING_HIDDEN;
  const overlay = hasOverlay(store, chatId);
  // Read once for the messages, what is unread of them, and the time of the last.
  const countedFrom = newestCounted(firstUnread, head);
  const readFrom = Math.max(1, Math.min(newestFrom, countedFrom, head));
  const read = head === 0 ? NOTHING_READ : store.listRangeBytes(chatLog(chatId), readFrom - 1, head - 1);
  // Only when it is asked for: were the read to fail, a promise that nobody waits for would end the thread.
  const newestRead = async () => (await read).slice(countedFrom - readFrom);
  const [stored, chat, gone, overlaid, unread, pins] = await Promise.all([
    read,
    viewOwnChat(store, userId, candidate.chat),
    hidden,
    overlay,
    countUnread(store, chatId, userId, { first: firstUnread, head, newest: newestRead, hidden, overlay }),
    pinsOf(store, chatId),
  ]);
  const activeAt = readHeadBytes(stored.at(-1) ?? NO_ENTRY)?.sentAt ?? 0;
  // Whether more than the own time may be read is known only with the chat: nothing waits for it.
  const from = Math.max(newestFrom, chat.fromSeq);
  const readable = stored.slice(from - readFrom);
  const entries = overlaid ? await editedRange(store, chatId, from, readable) : readable;
  const pinned = pins.filter(({ seq }) => seq >= chat.fromSeq).map(({ seq }) => seq);
  const ofChat = pinned.length === 0 ? "" : `,"pins":[${pinned}]`;
  const page = statePage(chat, { head, readSeq, reset, ...unread }, ofChat + ownPart(chatId, own));
  return { chatId, activeAt, page: withMessages(page, asSeen(entries, from, gone), from) };
}

const NOTHING_READ: Promise<Uint8Array[]> = Promise.resolve([]);
const NO_ENTRY = new Uint8Array();
const NOTHING_HIDDEN: Promise<ReadonlySet<number>> = Promise.resolve(new Set<number>());

/** Preferences and draft, as fields of the state. Their values are JSON texts already. */
function ownPart(chatId: ChatId, { prefs, drafts }: Own): string {
  const fields = ([name, versioned]: [string, Versioned | undefined]) => {
    if (versioned === undefined) return "";
    const value = versioned.value === null ? "" : `,"${name}":${versioned.value}`;
    return `${value},"${name}Version":${versioned.version}`;
  };
  return fields(["prefs", prefs.get(chatId)]) + fields(["draft", drafts.get(chatId)]);
}

function statePage(
  chat: Chat,
  { head, readSeq, unread, mentions, reset }: Unread & { head: number; readSeq: number; reset: boolean },
  more: string,
): Page {
  const counts = `"head":${head},"readSeq":${readSeq},"unread":${unread},"mentions":${mentions}`;
  return new Page().text(`{"chat":${JSON.stringify(chat)},${counts}${more}${reset ? ',"reset":true' : ""}`);
}

/** Adds the newest entries, those that fit into a reply that holds nothing else. */
function withMessages(page: Page, entries: readonly Uint8Array[], from: number): Page {
  let bytes = page.bytes + 2 * AROUND_BYTES;
  let first = entries.length;
  for (let i = entries.length - 1; i >= 0; i -= 1) {
    bytes += messageBytes(from + i, entries[i] ?? new Uint8Array()) + 1;
    if (bytes > limits.REPLY_MAX_BYTES) break;
    first = i;
  }
  page.text(',"messages":[');
  entries.slice(first).forEach((entry, i) => {
    page.text(i === 0 ? "" : ",").message(from + first + i, entry);
  });
  return page.text("]}");
}

/** Where the page before ended, and what it had found about the inbox. */
interface After extends Place {
  readonly snapshot: boolean;
  readonly pos: Pos;
}

function formatAfter({ snapshot, pos }: { snapshot: boolean; pos: Pos }, { activeAt, chatId }: Place): string {
  return [snapshot ? "all" : "moved", pos, activeAt, chatId].join(" ");
}

/** A cursor that is not ours begins at the beginning. */
function parseAfter(text: string): After | null {
  const [, kind, pos, activeAt, chatId] = /^(all|moved) ([0-9.]{1,64}) (\d{1,15}) ([a-z2-7]{26})$/.exec(text) ?? [];
  if (pos === undefined || chatId === undefined) return null;
  return { snapshot: kind === "all", pos, activeAt: Number(activeAt), chatId };
}
