import type { ChatId, UserId } from "../../ids.ts";
import type { Chat } from "../../schema/chat.ts";
import type { Message } from "../../schema/message.ts";
import type { ChatState } from "../../schema/sync.ts";
import type { CachedChat, ChatFields } from "./cached-chat.ts";
import { endsMembership } from "./chat-facts.ts";
import { addCounts, capUnread, countUnread, newestShown, preview, type UnreadCount } from "./counting.ts";
import type { Overlay } from "./overlay.ts";
import { ReplicaChat } from "./replica-chat.ts";

/** A hole of this size or less is filled entry by entry; beyond, the chat starts anew from its newest entries. */
export const FILL_MAX = 200;
/** Vanishing entries of one chat that are watched; those beyond are found when they are read. */
const EXPIRING_MAX = 4_096;
/** Memberships whose end is remembered: more than end while one answer is on its way. */
const LEFT_MAX = 1_000;

export interface ReplicaOut {
  messages(chatId: ChatId, messages: readonly Message[], source: "live" | "sync", restart: boolean): void;
  /** Entries that were told before are these now. */
  revised(chatId: ChatId, messages: readonly Message[]): void;
  changed(entry: ReplicaChat): void;
  removed(chatId: ChatId): void;
  /** `unread` can only be found by looking at entries that are not here. */
  recount(chatId: ChatId): void;
  /** There is a newer version of an entry that was told, or another line to be found for the chat list. */
  stale(chatId: ChatId): void;
  /** An entry that was told vanishes then. */
  expires(at: number): void;
}

/** What this client knows of its chats. Everything that is learnt goes through here, in order, to the app and the cache. */
export class Replica {
  readonly me: UserId;
  readonly #overlay: Overlay;
  readonly #out: ReplicaOut;
  readonly #chats = new Map<ChatId, ReplicaChat>();
  /** The entry that ended the user's last membership: what is told of an earlier one later does not bring it back. */
  readonly #left = new Map<ChatId, number>();

  constructor(me: UserId, cached: readonly CachedChat[], overlay: Overlay, out: ReplicaOut) {
    this.me = me;
    this.#overlay = overlay;
    this.#out = out;
    for (const row of cached) {
      const entry = ReplicaChat.cached(row);
      this.#chats.set(row.chat.chatId, entry);
      for (const [seq, version] of entry.stale) overlay.edit(row.chat.chatId, seq, version);
    }
  }

  get(chatId: ChatId): ReplicaChat | undefined {
    return this.#chats.get(chatId);
  }

  /** What the cache keeps of a chat besides its entries; null when it is gone. */
  fields(chatId: ChatId): ChatFields | null {
    return this.#chats.get(chatId)?.fields ?? null;
  }

  all(): ReplicaChat[] {
    return [...this.#chats.values()];
  }

  /** The chat itself: new, renamed, another role. Answers true when it is new here. */
  describe(chat: Chat): boolean {
    const known = this.#chats.get(chat.chatId);
    if (this.#hasEnded(chat) || (known !== undefined && isBefore(chat, known))) return false;
    const entry = known ?? this.#fresh(chat);
    entry.facts.described(chat, this.me);
    this.#out.changed(entry);
    return known === undefined;
  }

  /** Entries pushed, acknowledged or fetched after what is applied. False when the chat is not known. */
  offer(chatId: ChatId, messages: readonly Message[], source: "live" | "sync"): boolean {
    const entry = this.#chats.get(chatId);
    if (entry === undefined) return false;
    if (source === "sync") this.tellAgain(chatId, messages);
    if (this.#tell(entry, entry.log.offer(messages), source)) this.#out.changed(entry);
    return true;
  }

  /**
   * Entries of a page that were told before, of which it has more than is known: a process that heard the notice has died
   * before it heard the entry, and only the cursor remembers it.
   */
  tellAgain(chatId: ChatId, messages: readonly Message[]): void {
    const entry = this.#chats.get(chatId);
    if (entry === undefined) return;
    const told = messages.filter(({ seq }) => seq <= entry.log.applied && seq >= entry.shownFrom);
    const news = told.filter((message) => this.#overlay.learn(chatId, message));
    if (news.length === 0) return;
    const seen = this.#seen(entry, news);
    this.revised(chatId, seen);
    this.#out.revised(chatId, seen);
    if (entry.lastHidden) this.#out.stale(chatId);
  }

  /** An entry is known to be there, and not what it says. */
  heardOf(chatId: ChatId, seq: number): void {
    this.#chats.get(chatId)?.log.heardOf(seq);
  }

  /**
   * What `sync.pull` says of one chat; `anew` when what was known of it does not count any more. A small hole before its
   * entries is left for the caller to fill: `log.behind`.
   */
  pulled(state: ChatState, anew = false): void {
    const { chat, head, messages, pins = [] } = state;
    const known = this.#chats.get(chat.chatId);
    if (this.#hasEnded(chat) || (known !== undefined && !anew && isBefore(chat, known))) return;
    const entry = known ?? this.#fresh(chat);
    const { log } = entry;
    entry.facts.pulled(chat, pins, head, this.me);
    this.#pullOwn(entry, state);
    const first = messages[0]?.seq ?? head + 1;
    // A head below what is applied is no proof: the page may have been read before a push that overtook it.
    const rewritten = state.reset === true || (anew && known !== undefined);
    const hole = first - log.applied - 1;
    // Who left and came back may not read what was written in between.
    const unreadable = chat.fromSeq > log.applied + 1;
    if (rewritten) log.forgetEarly();
    const restarts = rewritten || !log.placed || unreadable || hole > FILL_MAX;
    if (restarts) this.#restart(entry, messages, head);
    else {
      log.heardOf(head);
      this.#tell(entry, log.offer(messages), "sync");
    }
    if (rewritten) entry.readSeq = Math.min(entry.readSeq, head);
    // The store lost how far was read: it is told once more, or the user's other devices would never know.
    if (rewritten && entry.readSeq > state.readSeq) entry.readUnsent = true;
    // The page is from before something that came live.
    if (messages.some((message) => this.#overlay.seen(chat.chatId, message) !== message)) entry.uncounted = true;
    this.#count(entry, state, restarts);
    if (this.#chats.has(chat.chatId)) this.#out.changed(entry);
  }

  /** These are the newest entries of the chat: what was known before them is void, and if the log was rewritten, what came early. */
  restart(chatId: ChatId, messages: readonly Message[], head: number, rewritten: boolean): void {
    const entry = this.#chats.get(chatId);
    if (entry === undefined) return;
    if (rewritten) entry.log.forgetEarly();
    this.#restart(entry, messages, head);
    entry.readSeq = Math.min(entry.readSeq, entry.log.applied);
    this.#recount(entry);
    this.#out.changed(entry);
  }

  /** The own read marker, moved here or on another device. Only ever forward. */
  read(chatId: ChatId, seq: number, where: "here" | "elsewhere"): void {
    const entry = this.#chats.get(chatId);
    if (entry === undefined || seq <= entry.readSeq) return;
    entry.readSeq = seq;
    if (where === "here") entry.readUnsent = true;
    if (seq >= entry.log.applied) settleCount(entry, { unread: 0, mentions: 0 });
    else this.#recount(entry);
    this.#out.changed(entry);
  }

  /** The server has the read marker up to `seq`. */
  readSent(chatId: ChatId, seq: number): void {
    const entry = this.#chats.get(chatId);
    if (entry === undefined || !entry.readUnsent || seq < entry.readSeq) return;
    entry.readUnsent = false;
    this.#out.changed(entry);
  }

  counted(chatId: ChatId, count: UnreadCount): void {
    const entry = this.#chats.get(chatId);
    if (entry === undefined) return;
    const { unread, mentions } = capUnread(count);
    if (entry.unread === unread && entry.mentions === mentions && !entry.uncounted) return;
    settleCount(entry, { unread, mentions });
    this.#out.changed(entry);
  }

  /**
   * Notices told of this entry, which is corrected later. The cursor that is written next is past them: by then it has to
   * be known what of the chat itself they have changed.
   */
  noted(chatId: ChatId, seq: number): void {
    const entry = this.#chats.get(chatId);
    if (entry === undefined || seq > entry.log.applied) return;
    if (seq > entry.readSeq) entry.uncounted = true;
    if (entry.last?.seq === seq) this.#setLast(entry, this.#overlay.seen(chatId, entry.last));
    this.#out.changed(entry);
  }

  /** Entries told before are other ones now: retracted, hidden, or a newer version. */
  revised(chatId: ChatId, messages: readonly Message[]): void {
    const entry = this.#chats.get(chatId);
    if (entry === undefined) return;
    for (const message of messages) {
      if (message.kind === "void" || message.kind === "retracted") entry.expiring.delete(message.seq);
      if (!this.#overlay.isStale(chatId, message)) entry.stale.delete(message.seq);
      if (entry.last?.seq === message.seq) this.#setLast(entry, message);
    }
    if (messages.some(({ seq }) => seq > entry.readSeq)) this.#recount(entry);
    this.#out.changed(entry);
  }

  /** What the chat list shows was hidden; this was before it. */
  showLast(chatId: ChatId, hidden: number, message: Message | null): void {
    const entry = this.#chats.get(chatId);
    if (entry?.last?.seq !== hidden) return;
    entry.last = message && preview(message);
    entry.lastHidden = false;
    this.#out.changed(entry);
  }

  /** Entries of the log were handed out: the app may show them from here on. */
  shown(chatId: ChatId, messages: readonly Message[]): void {
    const entry = this.#chats.get(chatId);
    const [first] = messages;
    if (entry === undefined || first === undefined) return;
    entry.shownFrom = Math.min(entry.shownFrom, first.seq);
    this.#watch(entry, messages);
  }

  /** The chat's own state on all devices. `change` answers false when it changed nothing. */
  personal(chatId: ChatId, change: (own: ReplicaChat["own"]) => boolean): void {
    const entry = this.#chats.get(chatId);
    if (entry && change(entry.own)) this.#out.changed(entry);
  }

  /** The user's membership was ended by this entry. It may be one before the present. */
  left(chatId: ChatId, seq: number): void {
    const last = Math.max(seq, this.#left.get(chatId) ?? 0);
    this.#left.delete(chatId);
    this.#left.set(chatId, last);
    const [oldest] = this.#left.keys();
    if (oldest !== undefined && this.#left.size > LEFT_MAX) this.#left.delete(oldest);
    const entry = this.#chats.get(chatId);
    if (entry && entry.chat.joinedSeq < seq) this.remove(chatId);
  }

  remove(chatId: ChatId): void {
    if (this.#chats.delete(chatId)) this.#out.removed(chatId);
  }

  /** The store may have lost what was written last. */
  forgetVersions(): void {
    this.#left.clear();
    for (const { own, stale } of this.all()) {
      own.forgetVersions();
      stale.clear();
    }
  }

  #fresh(chat: Chat): ReplicaChat {
    const entry = ReplicaChat.fresh(chat);
    this.#chats.set(chat.chatId, entry);
    return entry;
  }

  #restart(entry: ReplicaChat, messages: readonly Message[], head: number): void {
    entry.stale.clear();
    entry.expiring.clear();
    entry.facts.restart();
    const told = this.#seen(entry, entry.log.restart(messages, head));
    entry.shownFrom = told[0]?.seq ?? Number.POSITIVE_INFINITY;
    entry.last = newestShown(told);
    entry.lastHidden = false;
    this.#watch(entry, told);
    this.#out.messages(entry.chat.chatId, told, "sync", true);
    this.#learn(entry, told);
  }

  #tell(entry: ReplicaChat, fresh: readonly Message[], source: "live" | "sync"): boolean {
    if (fresh.length === 0) return false;
    const told = this.#seen(entry, fresh);
    entry.shownFrom = Math.min(entry.shownFrom, told[0]?.seq ?? entry.shownFrom);
    const newest = newestShown(told);
    if (newest !== null) {
      entry.last = newest;
      entry.lastHidden = false;
    }
    setCount(entry, capUnread(addCounts(entry, countUnread(told, entry.seenTo, this.me))));
    this.#watch(entry, told);
    this.#out.messages(entry.chat.chatId, told, source, false);
    return this.#learn(entry, told);
  }

  #seen({ chat }: ReplicaChat, messages: readonly Message[]): Message[] {
    return messages.map((message) => this.#overlay.seen(chat.chatId, message));
  }

  /** What the entries say of the chat itself. False when it is gone by them. */
  #learn(entry: ReplicaChat, told: readonly Message[]): boolean {
    entry.facts.told(told, this.me);
    const { chatId, joinedSeq } = entry.chat;
    const ended = told.findLast((message) => message.seq > joinedSeq && endsMembership(message, this.me));
    if (ended !== undefined) this.left(chatId, ended.seq);
    return ended === undefined;
  }

  #hasEnded({ chatId, joinedSeq }: Chat): boolean {
    return joinedSeq < (this.#left.get(chatId) ?? 0);
  }

  #watch({ chat, stale, expiring }: ReplicaChat, messages: readonly Message[]): void {
    const { chatId } = chat;
    let late = false;
    for (const message of messages) {
      if (this.#overlay.isStale(chatId, message)) {
        stale.set(message.seq, this.#overlay.version(chatId, message.seq));
        late = true;
      } else stale.delete(message.seq);
      if (!("expiresAt" in message) || message.expiresAt === undefined || expiring.size >= EXPIRING_MAX) continue;
      expiring.set(message.seq, message.expiresAt);
      this.#out.expires(message.expiresAt);
    }
    if (late) this.#out.stale(chatId);
  }

  #pullOwn({ own }: ReplicaChat, { prefs, prefsVersion = 0, draft, draftVersion = 0 }: ChatState): void {
    if (prefsVersion > 0) own.setPrefs(prefs ?? {}, prefsVersion);
    else own.reset("prefs");
    if (draftVersion > 0) own.setDraft(draft ?? { text: "" }, draftVersion);
    else own.reset("draft");
  }

  /** The server counted up to its head and its marker, and before what came live meanwhile; ours may be ahead of all. */
  #count(entry: ReplicaChat, { head, readSeq, ...state }: ChatState, restarts: boolean): void {
    if (readSeq >= entry.readSeq) entry.readSeq = readSeq;
    const count = capUnread(state);
    // What was changed and not yet counted may be younger than the server's count, also where the two are the same.
    const agrees =
      !entry.uncounted && (restarts || (entry.unread === count.unread && entry.mentions === count.mentions));
    if (entry.log.applied !== head) this.#recount(entry);
    else if (entry.readSeq >= head) settleCount(entry, { unread: 0, mentions: 0 });
    else if (entry.readSeq === readSeq && agrees) settleCount(entry, count);
    else this.#recount(entry);
  }

  /** What is hidden stays until it is known what is shown instead: the chat keeps its place in the list. */
  #setLast(entry: ReplicaChat, message: Message): void {
    if (message.kind === "void") entry.lastHidden = true;
    else entry.last = preview(message);
  }

  /** The mark is kept with the chat, so that neither a lost connection nor a closed page leaves an old count standing. */
  #recount(entry: ReplicaChat): void {
    entry.uncounted = true;
    this.#out.recount(entry.chat.chatId);
  }
}

/** Read when they had not left and come back yet, of which they have heard since; the pull that was asked for then tells. */
function isBefore({ joinedSeq }: Chat, { chat }: ReplicaChat): boolean {
  return joinedSeq < chat.joinedSeq;
}

function settleCount(entry: ReplicaChat, count: UnreadCount): void {
  entry.uncounted = false;
  setCount(entry, count);
}

function setCount(entry: ReplicaChat, { unread, mentions }: UnreadCount): void {
  entry.unread = unread;
  entry.mentions = mentions;
}
