import type {
  Chat as ChatData,
  ChatId,
  Clock,
  Message as LogEntry,
  NewContent,
  PollBody,
  Result,
  TextBody,
  UserId,
} from "@parley/protocol";
import { limits } from "@parley/protocol";
import type { ChatView, ClientEvents, OutboxEntry } from "@parley/protocol/client";
import { makeAutoObservable, observable, observableRef, observableShallow, runInAction } from "mobx";
import { Door } from "./door.ts";
import { Group } from "./group.ts";
import { Members } from "./members.ts";
import { mentionsIn } from "./mentions.ts";
import { fromLog, fromOutbox, isNews, type Message, namedIn, type TextMessage } from "./message.ts";
import { Own } from "./own.ts";
import type { People } from "./people.ts";
import { Pins } from "./pins.ts";
import { Polls } from "./polls.ts";
import { Quotes } from "./quotes.ts";
import { Reactions } from "./reactions.ts";
import { Selection } from "./selection.ts";
import type { Talk } from "./talk.ts";
import { Timeline } from "./timeline.ts";
import { Typing } from "./typing.ts";
import { Writing } from "./writing.ts";

/** How far an own message has come. */
export type Delivery = "sending" | "failed" | "sent" | "delivered" | "read";

export type Readers = Result<"message.readers">;

/** In larger chats nobody is told who has read what. */
const READERS_MEMBERS_MAX = 128;

interface Receipt {
  readonly read: number;
  readonly delivered: number;
}

export interface ChatParts {
  readonly talk: Talk;
  readonly people: People;
  readonly clock: Clock;
  /** Who is signed in. */
  readonly me: () => UserId | null;
}

/** One conversation. */
export class Chat {
  readonly chatId: ChatId;
  data: ChatData;
  readSeq = 0;
  unread = 0;
  /** Of the unread ones, those that mention the user. */
  mentions = 0;
  last: Message | null = null;
  /** Own messages in the order of writing: those not stored, and those stored that the log has not brought yet. */
  pending: readonly TextMessage[] = [];
  readonly own: Own;
  readonly timeline: Timeline;
  readonly typing: Typing;
  readonly members: Members;
  readonly group: Group;
  readonly door: Door;
  readonly reactions: Reactions;
  readonly pins: Pins;
  readonly polls: Polls;
  readonly quotes: Quotes;
  readonly writing = new Writing();
  readonly selection = new Selection();
  /** The message that somebody asked to see: the list goes there. */
  target: { readonly seq: number } | null = null;
  /** The first message that was unread when the chat was opened; the divider stands before it. */
  dividerSeq: number | null = null;
  readonly #receipts = observable.map<UserId, Receipt>(undefined, { deep: false });
  /** Moved forward here at once; the server's word follows. */
  #markedSeq = 0;
  readonly #parts: ChatParts;

  constructor(data: ChatData, parts: ChatParts) {
    this.chatId = data.chatId;
    this.data = data;
    this.#parts = parts;
    this.timeline = new Timeline(data.chatId, parts.talk, (messages) => this.#meet(messages));
    this.own = new Own(data.chatId, parts.talk);
    this.typing = new Typing();
    this.members = new Members(data.chatId, parts.talk, parts.people);
    this.group = new Group({ talk: parts.talk, data: () => this.data, lastOwnAt: () => this.lastOwnAt });
    this.door = new Door(data.chatId, parts.talk, parts.people);
    this.reactions = new Reactions(data.chatId, parts);
    this.pins = new Pins(data.chatId, parts.talk, (messages) => this.#meet(messages));
    this.polls = new Polls(data.chatId, { ...parts, members: () => this.data.memberCount });
    this.quotes = new Quotes(data.chatId, parts.talk, (messages) => this.#meet(messages));
    makeAutoObservable(this, {
      chatId: false,
      part: false,
      quotes: false,
      writing: false,
      selection: false,
      data: observableRef,
      last: observableRef,
      pending: observableShallow,
      own: false,
      timeline: false,
      typing: false,
      members: false,
      group: false,
      door: false,
      reactions: false,
      pins: false,
      polls: false,
      target: observableRef,
    });
  }

  /** A part of the chat whose code comes when somebody wants it. */
  readonly part = <P>(Part: new (chatId: ChatId, talk: Talk) => P): P => new Part(this.chatId, this.#parts.talk);

  /** Of several people; the lobby, too. */
  get isGroup(): boolean {
    return this.data.kind !== "direct";
  }

  /** Everybody belongs, and nobody can leave. */
  get isLobby(): boolean {
    return this.data.kind === "lobby";
  }

  get isAdmin(): boolean {
    return this.data.kind === "group" && this.data.role !== "member";
  }

  /** Empty while the name of the other person is on its way. */
  get title(): string {
    if (this.isGroup) return this.data.name ?? "";
    const name = this.peerId === undefined ? undefined : this.#parts.people.name(this.peerId);
    return name ?? this.data.peer?.displayName ?? "";
  }

  get peerId(): UserId | undefined {
    return this.data.peer?.userId;
  }

  /** Admins of a group, either person of a direct chat. */
  get mayPin(): boolean {
    return !this.isGroup || this.data.role !== "member";
  }

  get tellsReaders(): boolean {
    return !this.isLobby && this.data.memberCount <= READERS_MEMBERS_MAX;
  }

  /** Who asked may, and admins. */
  mayClosePoll(message: TextMessage): boolean {
    const own = message.sender === this.#parts.me() || (this.isGroup && this.data.role !== "member");
    const open = message.seq !== undefined && this.polls.state(message.seq)?.closed === false;
    return message.poll !== undefined && own && open;
  }

  /** When something last happened, for the order of the list. */
  get activeAt(): number {
    return Math.max(this.data.createdAt, this.last?.sentAt ?? 0, this.pending.at(-1)?.sentAt ?? 0);
  }

  /** What the list shows as the newest line. */
  get newest(): Message | null {
    return this.pending.at(-1) ?? this.last;
  }

  /** The list shows how far it came: the last word is the user's own, and at the server. */
  get showsTick(): boolean {
    const { newest } = this;
    return newest?.kind === "text" && newest.seq !== undefined && newest.sender === this.#parts.me();
  }

  /** When the user last wrote here, as far as the end of the log is loaded. */
  get lastOwnAt(): number {
    const me = this.#parts.me();
    const own = (message: Message) => message.kind === "text" && message.sender === me;
    const stored = this.timeline.atLatest ? this.timeline.shown.findLast(own) : undefined;
    return Math.max(
      stored?.sentAt ?? 0,
      this.pending.findLast(({ waiting }) => waiting?.name !== "failed")?.sentAt ?? 0,
    );
  }

  /** The loaded stretch and, at its end, what waits in the outbox. */
  get lines(): readonly Message[] {
    if (!this.timeline.atLatest || this.pending.length === 0) return this.timeline.shown;
    const stored = new Set(this.timeline.shown.slice(-this.pending.length - 50).map(({ key }) => key));
    return [...this.timeline.shown, ...this.pending.filter(({ key }) => !stored.has(key))];
  }

  deliveryOf(message: TextMessage): Delivery {
    if (message.waiting !== undefined) return message.waiting.name;
    if (message.seq === undefined) return "sent";
    if (message.seq <= this.furthest.read) return "read";
    return message.seq <= this.furthest.delivered ? "delivered" : "sent";
  }

  /** How far the fastest of the others has come. */
  get furthest(): Receipt {
    let read = 0;
    let delivered = 0;
    for (const receipt of this.#receipts.values()) {
      read = Math.max(read, receipt.read);
      delivered = Math.max(delivered, receipt.delivered);
    }
    return { read, delivered };
  }

  /** How many others have read up to there. */
  readersOf(seq: number): number {
    let readers = 0;
    for (const { read } of this.#receipts.values()) if (read >= seq) readers += 1;
    return readers;
  }

  applyView(view: ChatView): void {
    this.data = view.chat;
    this.readSeq = Math.max(this.#markedSeq, view.readSeq);
    // What was seen here a moment ago is not unread again because the server has not heard of it.
    this.unread = view.readSeq >= this.#markedSeq ? view.unread : Math.min(this.unread, view.unread);
    this.mentions = view.readSeq >= this.#markedSeq ? view.mentions : Math.min(this.mentions, view.mentions);
    this.own.apply(view);
    this.last = view.last === null ? null : fromLog(view.last);
    if (this.last !== null) this.#meet([this.last]);
    if (view.chat.peer !== undefined) this.#parts.people.learn([view.chat.peer]);
    this.timeline.hear(view.head);
    this.pins.apply(view.pins);
    if (!this.isAdmin) this.door.forget();
  }

  applyMessages(messages: readonly LogEntry[], restart: boolean): void {
    this.timeline.apply(messages, restart);
    this.members.told(messages);
    if (restart) {
      this.reactions.forget();
      this.quotes.forget();
    }
    if (restart) {
      this.#markedSeq = 0;
      this.pending = this.pending.filter(({ seq }) => seq === undefined);
    }
    this.#settle(messages);
  }

  applyOutbox(change: ClientEvents["outbox"]): void {
    if (change.state === "discarded") {
      this.pending = this.pending.filter(({ key }) => key !== change.clientId);
    } else if (change.state === "sent") {
      this.pending = this.pending.map((message) =>
        message.key === change.clientId
          ? { ...message, seq: change.seq, sentAt: change.sentAt, waiting: undefined }
          : message,
      );
      this.#settle([]);
    } else {
      this.#put(change.entry);
    }
  }

  #put(entry: OutboxEntry): void {
    const message = fromOutbox(entry, this.#parts.me() ?? "");
    const at = this.pending.findIndex(({ key }) => key === entry.clientId);
    this.pending = at === -1 ? [...this.pending, message] : this.pending.with(at, message);
  }

  /** Takes out of the pending what the log has brought. */
  #settle(messages: readonly LogEntry[]): void {
    if (this.pending.length === 0) return;
    const stored = new Set(messages.map((entry) => (entry.kind === "void" ? "" : entry.clientId)));
    const { loaded, atLatest, last } = this.timeline;
    this.pending = this.pending.filter(
      ({ key, seq }) => !stored.has(key) && !(seq !== undefined && loaded && atLatest && seq <= last),
    );
  }

  applyReceipt(userId: UserId, receipt: Receipt): void {
    if (userId === this.#parts.me()) return;
    const known = this.#receipts.get(userId);
    this.#receipts.set(userId, {
      read: Math.max(receipt.read, known?.read ?? 0),
      delivered: Math.max(receipt.delivered, receipt.read, known?.delivered ?? 0),
    });
    if (this.#receipts.size > limits.GROUP_MEMBERS_MAX) this.#receipts.clear();
  }

  applyMember(change: ClientEvents["memberChanged"]): void {
    if (change.change !== "added") {
      this.#receipts.delete(change.userId);
      this.typing.apply(change.userId, false);
    }
  }

  /** The first message that is unread; null where none is. */
  get #newSeq(): number | null {
    return this.unread > 0 ? this.readSeq + 1 : null;
  }

  /** Somebody is about to open the chat: what they will see is read meanwhile. */
  async foresee(): Promise<void> {
    if (!this.timeline.loaded) await this.timeline.open(this.#newSeq ?? undefined);
  }

  /** People look at the chat now. */
  async open(): Promise<void> {
    this.dividerSeq = this.#newSeq;
    this.timeline.wake(this.dividerSeq);
    if (!this.timeline.loaded) await this.timeline.open(this.dividerSeq ?? undefined);
    else await this.timeline.loadNewer();
    await Promise.all([this.loadReceipts(), this.pins.view(), this.#lookAtDoor()]);
  }

  /** Takes the list to a message, wherever in the log it is. */
  async show(seq: number): Promise<void> {
    // Before the stretch is there: a list that is made anew begins at it.
    this.target = { seq };
    await this.timeline.goTo(seq);
  }

  /** From wherever the stretch lies to the end of the log. */
  async showLatest(): Promise<void> {
    if (this.timeline.atLatest) return;
    this.dividerSeq = null;
    this.target = null;
    await this.timeline.goToEnd();
  }

  /** The list begins anew at its end, once it has grown for long. */
  startAnew(): void {
    this.dividerSeq = null;
    this.target = null;
    this.timeline.startAnew();
  }

  /** The connection is back while people look at the chat. */
  async refresh(): Promise<void> {
    if (!this.timeline.loaded) return this.open();
    await this.timeline.loadNewer();
    this.reactions.refresh();
    this.polls.refresh();
    await Promise.all([this.loadReceipts(), this.pins.view(), this.#lookAtDoor()]);
  }

  close(): void {
    this.selection.end();
    this.quotes.forget();
    this.dividerSeq = null;
    this.target = null;
    this.reactions.forget();
    this.polls.forget();
    this.pins.rest();
    this.timeline.rest();
  }

  readersList(seq: number): Promise<Readers> {
    return this.#parts.talk.request("message.readers", { chatId: this.chatId, seq });
  }

  /** Who asks to be let in, for those who may. */
  async #lookAtDoor(): Promise<void> {
    if (this.isAdmin) await this.door.loadRequests();
  }

  async loadReceipts(): Promise<void> {
    try {
      const { receipts } = await this.#parts.talk.request("chat.receipts", { chatId: this.chatId });
      runInAction(() => {
        for (const { userId, ...receipt } of receipts) this.applyReceipt(userId, receipt);
      });
    } catch {
      // Ticks are asked for again when the chat is opened or the connection returns.
    }
  }

  /** Everything up to `seq` was on screen. */
  markSeen(seq: number): void {
    if (seq <= this.readSeq) return;
    this.#markedSeq = seq;
    this.readSeq = seq;
    this.unread = this.#unreadAfter(seq);
    this.mentions = Math.min(this.mentions, this.unread);
    this.#parts.talk.markRead(this.chatId, seq);
  }

  #unreadAfter(seq: number): number {
    if (seq >= this.timeline.head) return 0;
    const me = this.#parts.me();
    const loaded = this.timeline.shown.filter(
      (message) => isNews(message, me) && (message.seq ?? 0) > seq && !(message.kind === "text" && message.retracted),
    );
    return this.timeline.atLatest ? loaded.length : Math.max(this.unread, loaded.length);
  }

  async send(text: string, replyTo?: number): Promise<void> {
    const body = { text, ...this.mentionsIn(text), ...(replyTo === undefined ? {} : { replyTo }) };
    await this.say({ kind: "text", body });
  }

  async say(content: NewContent): Promise<void> {
    this.dividerSeq = null;
    await this.#parts.talk.send(this.chatId, content);
  }

  /** Only admins name everybody. */
  get mayNameAll(): boolean {
    return this.isGroup && this.data.role !== "member";
  }

  mentionsIn(text: string): Pick<TextBody, "mentions" | "mentionAll"> {
    return this.isGroup ? mentionsIn(text, this.members.list, this.mayNameAll) : {};
  }

  /** Own words, while the time for it lasts. */
  mayEdit(message: TextMessage, now: number, windowMs: number): boolean {
    const words =
      message.poll ??
      message.place ??
      message.contact ??
      message.items ??
      message.file ??
      message.call ??
      message.body.forwarded;
    return words === undefined && this.#isOwnAndRecent(message, now, windowMs);
  }

  /** Own ones while the time for it lasts; admins of groups always. */
  mayRetract(message: TextMessage, now: number, windowMs: number): boolean {
    // That there was a call is nobody's to take back.
    if (message.seq === undefined || message.retracted || message.call !== undefined) return false;
    return this.mayNameAll || this.#isOwnAndRecent(message, now, windowMs);
  }

  #isOwnAndRecent(message: TextMessage, now: number, windowMs: number): boolean {
    const stored = message.seq !== undefined && !message.retracted;
    return stored && message.sender === this.#parts.me() && now - message.sentAt < windowMs;
  }

  /** The newest of the own messages here that may be edited. */
  lastEditable(now: number, windowMs: number): TextMessage | undefined {
    const found = this.timeline.shown.findLast(
      (message) => message.kind === "text" && this.mayEdit(message, now, windowMs),
    );
    return found?.kind === "text" ? found : undefined;
  }

  async edit({ seq, body: { replyTo } }: TextMessage, text: string): Promise<void> {
    if (seq === undefined) return;
    const body = { text, ...this.mentionsIn(text), ...(replyTo === undefined ? {} : { replyTo }) };
    await this.#parts.talk.request("message.edit", { chatId: this.chatId, seq, body });
  }

  async versions(seq: number): Promise<Result<"message.edits">["versions"]> {
    return (await this.#parts.talk.request("message.edits", { chatId: this.chatId, seq })).versions;
  }

  async retract(seqs: readonly number[]): Promise<void> {
    for (const seq of seqs) await this.#parts.talk.request("message.retract", { chatId: this.chatId, seq });
  }

  /** A message of this chat, if it is at hand. */
  at(seq: number): Message | null | undefined {
    return this.timeline.shown.find((message) => message.seq === seq) ?? this.quotes.get(seq);
  }

  revise(messages: readonly LogEntry[]): void {
    this.timeline.revise(messages);
    this.quotes.revise(messages);
    this.pins.revise(messages);
    const { task } = this.writing;
    const about = task?.name === "reply" ? task.to.seq : task?.message.seq;
    if (messages.some(({ seq, kind }) => seq === about && kind === "retracted")) this.writing.end();
  }

  async ask(poll: PollBody): Promise<void> {
    this.dividerSeq = null;
    await this.#parts.talk.send(this.chatId, { kind: "poll", body: poll });
  }

  async retry(key: string): Promise<void> {
    await this.#parts.talk.retry(key);
  }

  async discard(key: string): Promise<void> {
    await this.#parts.talk.discard(key);
  }

  tellTyping(typing: boolean): void {
    this.#parts.talk.setTyping(this.chatId, typing);
  }

  async leave(): Promise<void> {
    await this.#parts.talk.request("chat.leave", { chatId: this.chatId });
  }

  #meet(messages: readonly Message[]): void {
    this.#parts.people.want(messages.flatMap((message) => [...namedIn(message)]));
  }
}
