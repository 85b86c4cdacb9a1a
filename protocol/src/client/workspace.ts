import type { EventName } from "../events.ts";
import type { ChatId, UserId } from "../ids.ts";
import { SYNC_NEWEST_DEFAULT } from "../limits.ts";
import type { Chat } from "../schema/chat.ts";
import type { Message } from "../schema/message.ts";
import type { Calls } from "./calls/calls.ts";
import type { Connection } from "./connection.ts";
import { storedContent } from "./content.ts";
import { Corrections } from "./corrections.ts";
import type { Emitter } from "./emitter.ts";
import { History, type HistoryWanted, type MessagesPage } from "./history.ts";
import { Incoming } from "./incoming.ts";
import { Markers } from "./markers.ts";
import type { ClientOptions } from "./options.ts";
import { Outbox } from "./outbox.ts";
import { Personal } from "./personal.ts";
import { CacheReader } from "./replica/cache-reader.ts";
import { CacheWriter, type Cursor } from "./replica/cache-writer.ts";
import type { CachedChat } from "./replica/cached-chat.ts";
import { Overlay } from "./replica/overlay.ts";
import { Replica } from "./replica/replica.ts";
import type { Acknowledged, Requester } from "./requester.ts";
import { SentLog } from "./sent-log.ts";
import type { ServerClock } from "./server-clock.ts";
import { Sync } from "./sync.ts";
import type { TabPost } from "./tab-talk.ts";
import { Typing } from "./typing.ts";
import { Vanishing } from "./vanishing.ts";
import type { ClientEvents, OutboxEntry } from "./view.ts";

export interface WorkspaceSurroundings {
  readonly options: ClientOptions;
  readonly serverClock: ServerClock;
  readonly connection: Connection;
  readonly events: Emitter<ClientEvents>;
  readonly calls: Calls;
  /** Is this the tab that writes the cache and sends the outbox? */
  mayWrite(): boolean;
  /** Tells the other tabs. */
  post(post: TabPost): void;
}

/** What the storage held for this user. */
export interface Kept {
  readonly chats: readonly CachedChat[];
  readonly cursor: Cursor | null;
}

/** Everything that belongs to one signed-in user, tied together: replica, cache, sync, outbox, markers. */
export class Workspace {
  readonly me: UserId;
  readonly replica: Replica;
  readonly outbox: Outbox;
  readonly typing: Typing;
  readonly personal: Personal;
  readonly #around: WorkspaceSurroundings;
  readonly #reader: CacheReader;
  readonly #writer: CacheWriter;
  readonly #history: History;
  readonly #sync: Sync;
  readonly #markers: Markers;
  readonly #incoming: Incoming;
  readonly #overlay: Overlay;
  readonly #corrections: Corrections;
  readonly #vanishing: Vanishing;
  readonly #sentLog: SentLog;
  #open = true;
  #telling = true;
  /** What still ends after `close` is not told: it would be about another user by then. */
  readonly #events: Pick<Emitter<ClientEvents>, "emit"> = {
    emit: (event, value) => {
      if (this.#telling) this.#around.events.emit(event, value);
    },
  };

  constructor(around: WorkspaceSurroundings, me: UserId, kept: Kept) {
    this.me = me;
    this.#around = around;
    const { storage, clock, random, newest = SYNC_NEWEST_DEFAULT } = around.options;
    const { serverClock, connection } = around;
    const events = this.#events;
    const warning = (what: string) => events.emit("warning", { what });
    this.#reader = new CacheReader(storage);
    this.#sentLog = new SentLog(storage, clock);
    const requester: Requester = {
      // All of these may be repeated.
      request: (method, params, timeoutMs) =>
        this.#overlay.inOneLife(() => connection.request(method, params, timeoutMs)),
      historyAfter: (chatId, after, limit) => this.#history.page(this.replica, chatId, { after, limit }),
      historyBefore: (chatId, before, limit) => this.#history.page(this.replica, chatId, { before, limit }),
    };
    const now = () => serverClock.now();
    this.#overlay = new Overlay(now);
    this.replica = new Replica(me, kept.chats, this.#overlay, {
      messages: (chatId, messages, source, restart) => {
        if (!this.#writer.append(chatId, messages, restart) && around.mayWrite()) this.#sync.pull();
        events.emit("messages", { chatId, messages, source, restart });
        this.#received(chatId, messages);
      },
      revised: (chatId, messages) => {
        this.#writer.replace(chatId, messages);
        events.emit("messagesChanged", { chatId, messages });
      },
      changed: (entry) => {
        this.#writer.touch(entry.chat.chatId);
        events.emit("chat", entry.view);
      },
      removed: (chatId) => {
        this.#writer.remove(chatId);
        events.emit("chatRemoved", { chatId });
      },
      recount: (chatId) => this.#sync.recount(chatId),
      stale: (chatId) => this.#corrections.fetch(chatId),
      expires: (at) => this.#vanishing.watch(at),
    });
    this.#writer = new CacheWriter(storage, {
      seen: (chatId, message) => this.#overlay.seen(chatId, message),
      fields: (chatId) => this.replica.fields(chatId),
      mayWrite: () => this.#open && around.mayWrite(),
      failed: (error) => warning(`cache: ${String(error)}`),
    });
    this.#writer.begin(kept.chats);
    this.#history = new History(this.#reader, this.#overlay, {
      request: (params) => requester.request("message.history", params),
      settled: () => this.#writer.settled(),
      seen: (chatId, messages) =>
        this.#corrections.newest(
          chatId,
          messages.map((message) => this.#overlay.seen(chatId, message)),
        ),
      fetched: (chatId, messages) => this.#writer.prepend(chatId, messages),
      met: (epoch) => this.#sync.met(epoch),
    });
    this.#sync = new Sync(
      { clock, random, requester, replica: this.replica, overlay: this.#overlay, newest },
      kept.cursor,
      {
        head: (chatId) => this.#head(chatId),
        page: (chatId, messages) => {
          const [first, last] = [messages[0], messages.at(-1)];
          if (first === undefined || last === undefined) return;
          // Told before, but not cached: a hole in the cache is left behind.
          const hole = first.seq > (this.#writer.to(chatId) ?? 0) + 1;
          const told = last.seq <= (this.replica.get(chatId)?.log.applied ?? 0);
          if (!hole || told) this.#writer.append(chatId, messages, hole);
        },
        cursorMoved: (cursor) => {
          if (around.mayWrite()) this.#writer.moveCursor(cursor);
        },
        notice: (notice) => this.#incoming.noticed(notice),
        forgetVersions: () => {
          this.replica.forgetVersions();
          this.personal.forgetVersions();
        },
        reset: () => events.emit("reset", { chats: this.replica.all().map(({ view }) => view) }),
        reloaded: (chatId, newest, epoch) => this.#reviewSent(chatId, newest, epoch).catch(this.#failed),
        synced: () => this.#synced(),
        warning,
      },
    );
    this.outbox = new Outbox(
      { storage, clock, random, serverClock },
      {
        maySend: () => this.#open && connection.isOnline && around.mayWrite(),
        send: ({ chatId, clientId, content }) =>
          this.#overlay.inOneLife(() => connection.requestNow("message.send", { chatId, clientId, ...content })),
        find: ({ chatId, clientId, createdAt }) => this.#history.find(chatId, clientId, createdAt, me),
        changed: (entry, where) => this.#outboxChanged(entry, where),
        sent: (entry, acknowledged, asWritten) => this.#sent(entry, acknowledged, asWritten),
        discarded: ({ clientId, chatId }) => {
          events.emit("outbox", { state: "discarded", clientId, chatId });
          around.post({ about: "discarded", clientId, chatId });
        },
        warning,
      },
    );
    this.#corrections = new Corrections({
      clock,
      random,
      requester,
      replica: this.replica,
      overlay: this.#overlay,
      reader: this.#reader,
      writer: this.#writer,
      maySend: () => this.#open && connection.isOnline,
      changed: (chatId, messages) => events.emit("messagesChanged", { chatId, messages }),
      failed: (error) => warning(`correction: ${String(error)}`),
    });
    this.#vanishing = new Vanishing({
      clock,
      now,
      replica: this.replica,
      vanished: (chatId, seqs) => {
        for (const seq of seqs) this.#corrections.retract(chatId, seq, undefined);
      },
    });
    this.personal = new Personal({
      storage,
      clock,
      random,
      requester,
      replica: this.replica,
      events,
      mayWrite: () => this.#open && around.mayWrite(),
      maySend: () => this.#open && connection.isOnline,
    });
    this.#markers = new Markers(
      { clock, random, requester },
      {
        maySend: () => this.#open && connection.isOnline,
        sent: (marker, chatId, seq) => {
          if (marker === "message.markRead") this.replica.readSent(chatId, seq);
        },
        refused: (marker, chatId, seq) => {
          if (marker !== "message.markRead") return;
          const readSeq = this.replica.get(chatId)?.readSeq ?? 0;
          // A lost tail took that entry; what is left of the chat was read all the same.
          if (readSeq < seq) this.#markers.want(marker, chatId, readSeq);
          else this.replica.readSent(chatId, seq);
        },
      },
    );
    this.typing = new Typing(
      clock,
      (chatId, typing) => {
        if (connection.isOnline) connection.requestNow("message.setTyping", { chatId, typing }).catch(() => {});
      },
      (chatId, userId, typing) => events.emit("typing", { chatId, userId, typing }),
    );
    this.#incoming = new Incoming({
      replica: this.replica,
      sync: this.#sync,
      typing: this.typing,
      events,
      corrections: this.#corrections,
      settings: this.personal.settings,
      calls: around.calls,
      learn: (chat) => this.learn(chat),
    });
  }

  online(): void {
    this.#tellRead();
    this.#markers.start();
    this.personal.online();
    this.outbox.resumeAll();
    this.#sync.start();
    this.#corrections.start();
  }

  offline(): void {
    this.#sync.stop();
    this.#markers.stop();
    this.personal.offline();
    this.#corrections.stop();
    this.typing.clear();
  }

  /** Nothing is written or sent after this; what was applied before is written first. */
  async close(): Promise<void> {
    this.offline();
    this.#telling = false;
    this.#vanishing.stop();
    await this.#writer.settled();
    await this.personal.settled();
    this.#open = false;
  }

  /** This tab writes from now on: it goes on where the storage is, which may be behind what it has shown. */
  async takeOver(): Promise<void> {
    const { storage } = this.#around.options;
    const [chats, cursor] = await Promise.all([this.#reader.chats(), loadCursor(storage)]);
    if (!this.#open) return;
    this.#writer.begin(chats);
    for (const { chat } of this.replica.all()) this.#writer.touch(chat.chatId);
    // Nothing was kept yet: what is shown came with a cursor of its own, and the pull from there fills the cache.
    this.#sync.begin(cursor ?? (chats.length === 0 ? this.#sync.cursor : null));
    await this.outbox.load();
    this.outbox.pump();
    await this.personal.takeOver();
  }

  /** Reads what the storage holds beside chats. */
  async load(): Promise<void> {
    await Promise.all([this.outbox.load(), this.personal.load()]);
    this.#vanishing.look();
  }

  async history(chatId: ChatId, wanted: HistoryWanted): Promise<MessagesPage> {
    const page = await this.#history.page(this.replica, chatId, wanted);
    this.replica.shown(chatId, page.messages);
    return page;
  }

  markRead(chatId: ChatId, seq: number): void {
    const entry = this.replica.get(chatId);
    const upTo = Math.min(seq, entry?.log.applied ?? 0);
    if (entry === undefined || upTo <= entry.readSeq) return;
    this.replica.read(chatId, upTo, "here");
    this.#markers.want("message.markRead", chatId, upTo);
    this.#around.post({ about: "read", chatId, seq: upTo });
  }

  /** Changes with the epoch of the store. */
  get life(): number {
    return this.#overlay.life;
  }

  /** A chat came in a reply. What is in it comes by the next pull. One that was asked for in another life may be lost. */
  learn(chat: Chat, life = this.life): void {
    if (life !== this.life || this.replica.describe(chat)) this.#sync.pull();
  }

  /** An event of the server, not yet checked. */
  receive(event: EventName, params: unknown): void {
    if (!this.#incoming.receive(event, params)) this.#events.emit("warning", { what: `invalid event ${event}` });
  }

  hear(post: TabPost): void {
    const events = this.#events;
    switch (post.about) {
      case "outbox":
        return void this.outbox.adopt(post.clientId).catch(this.#failed);
      case "sent": {
        const { clientId, chatId, seq, sentAt } = post;
        this.outbox.forget(clientId);
        return events.emit("outbox", { state: "sent", clientId, chatId, seq, sentAt });
      }
      case "discarded":
        this.outbox.forget(post.clientId);
        return events.emit("outbox", { state: "discarded", clientId: post.clientId, chatId: post.chatId });
      case "read":
        return this.replica.read(post.chatId, post.seq, "elsewhere");
      case "leaseFree":
      case "leaseAsked":
      case "leaseHeld":
      case "sessionBegan":
      case "sessionEnded":
        return;
    }
  }

  // --- what is learnt

  #received(chatId: ChatId, messages: readonly Message[]): void {
    const newest = messages.findLast((message) => message.kind === "text" && message.sender !== this.me);
    const readSeq = this.replica.get(chatId)?.readSeq ?? 0;
    if (newest && newest.seq > readSeq && this.#around.mayWrite()) {
      this.#markers.want("message.markDelivered", chatId, newest.seq);
    }
  }

  // --- sync

  #tellRead(): void {
    for (const { chat, readSeq, readUnsent } of this.replica.all()) {
      if (readUnsent) this.#markers.want("message.markRead", chat.chatId, readSeq);
    }
  }

  /** Who writes the cache begins where it ends, which may be behind what was shown: the tab that wrote before is gone. */
  #head(chatId: ChatId): { seq: number; tail: string | null } {
    const applied = this.replica.get(chatId)?.log.applied ?? 0;
    const cached = this.#writer.to(chatId) ?? 0;
    if (cached > applied || (cached < applied && !this.#around.mayWrite())) return { seq: applied, tail: null };
    return { seq: cached, tail: this.#writer.tail(chatId) };
  }

  async #reviewSent(chatId: ChatId, newest: readonly Message[], epoch: string): Promise<void> {
    if (!this.#around.mayWrite()) return;
    const { lost, moved } = await this.#sentLog.review(chatId, newest, epoch, this.me);
    for (const { entry, ...place } of moved) this.#tellSent(entry, place);
    if (lost.length > 0) await this.outbox.resend(lost);
  }

  #synced(): void {
    this.#tellRead();
    if (this.#around.mayWrite()) {
      this.#sentLog.prune().catch(this.#failed);
      this.outbox.load().then(() => this.outbox.pump(), this.#failed);
    }
    this.personal.complete();
    this.#events.emit("synced", { chats: this.replica.all().length });
  }

  // --- outbox

  #outboxChanged(entry: OutboxEntry, where: "here" | "elsewhere"): void {
    this.#events.emit("outbox", { state: entry.state.name, entry });
    if (where === "here") this.#around.post({ about: "outbox", clientId: entry.clientId });
  }

  #tellSent({ chatId, clientId }: OutboxEntry, { seq, sentAt }: Acknowledged): void {
    this.#events.emit("outbox", { state: "sent", clientId, chatId, seq, sentAt });
    this.#around.post({ about: "sent", clientId, chatId, seq, sentAt });
  }

  #sent(sent: OutboxEntry, acknowledged: Acknowledged, asWritten: boolean): void {
    const { chatId, clientId, content } = sent;
    const { seq, sentAt, epoch } = acknowledged;
    this.#tellSent(sent, acknowledged);
    this.#sync.met(epoch);
    const entry = this.replica.get(chatId);
    // A message that vanishes carries a time of the server's making, and some content is of its making altogether.
    const known = asWritten && entry?.chat.settings.disappearMs === 0;
    const stored = known ? storedContent(content) : null;
    if (stored) this.replica.offer(chatId, [{ seq, sender: this.me, clientId, sentAt, ...stored }], "live");
    else this.replica.heardOf(chatId, seq);
    if (entry?.log.behind) this.#sync.fillSoon(chatId);
  }

  readonly #failed = (error: unknown): void => this.#events.emit("warning", { what: String(error) });
}

export async function loadCursor(storage: ClientOptions["storage"]): Promise<Cursor | null> {
  return ((await storage.get("meta", "cursor")) ?? null) as Cursor | null;
}
