import type { ChatId, Clock, Notice, Presence, UserId } from "@parley/protocol";
import { type Bus, type BusListener, type BusMessage, channelOf } from "../bus/bus.ts";
import type { Log } from "../log.ts";
import { viewChat } from "../records/chat-record.ts";
import { inboxEnd, monthAfter, monthOf, posOf } from "../records/inbox.ts";
import { chatsOf, findMember } from "../records/membership.ts";
import { sessionKey, userInbox } from "../store/keys.ts";
import type { Kv } from "../store/kv.ts";
import type { EncodedEvent, Peer, Session } from "./caller.ts";
import { event } from "./event.ts";
import { type Gate, type LocalInbox, LocalUser } from "./local-user.ts";
import { NodeRegistry } from "./node-registry.ts";
import { OrderedStream } from "./ordered-stream.ts";
import { PresenceBoard } from "./presence.ts";
import { Rooms } from "./rooms.ts";
import { Typing } from "./typing.ts";

export interface LiveParts {
  readonly store: Kv;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly log: Log;
  readonly nodeId: string;
  /** A device's last connection here went. */
  readonly onGone: (session: Session) => Promise<void>;
  /** A session is in use by a connection: false when it has ended. */
  readonly touch: (sessionId: string) => Promise<boolean>;
}

/** A connection that stays is a use of its session, which would run out otherwise; once in this time is enough. */
const TOUCH_MS = 12 * 3600_000;
/** Of one round, so that a node that is full does not write for everybody at once. */
const TOUCHED_AT_ONCE = 500;

/** The connections of one device's session. */
interface UsedSession {
  readonly peers: Set<Peer>;
  touchedAt: number;
}

/** How often a node looks for what the bus lost without anybody noticing. */
const LOOK_MS = 20_000;

/** Who is here, and what reaches them. Everything that happened comes in as a message, from this node or another. */
export class Live implements BusListener {
  readonly rooms: Rooms;
  readonly presence: PresenceBoard;
  readonly nodes: NodeRegistry;
  readonly typing: Typing;
  readonly #parts: LiveParts;
  readonly #users = new Map<UserId, LocalUser>();
  readonly #sessions = new Map<string, UsedSession>();
  #stopTimer = () => {};
  #stopped = false;
  readonly #gate: Gate = { open: true };

  constructor(parts: LiveParts) {
    this.#parts = parts;
    const { store, clock, nodeId } = parts;
    this.rooms = new Rooms(store);
    this.nodes = new NodeRegistry({ store, clock, nodeId, onDeath: () => this.presence.changed(null) });
    this.presence = new PresenceBoard({
      store,
      clock,
      nodes: this.nodes,
      announce: (userId) => this.announce({ kind: "presence", userId }),
    });
    this.typing = new Typing(clock, (chatId, userId, typing) =>
      this.announce({ kind: "typing", chatId, userId, typing }),
    );
  }

  async start(): Promise<void> {
    await this.nodes.start();
    this.#parts.bus.listen(this);
    this.#schedule();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#stopTimer();
    this.typing.dispose();
    this.presence.stop();
    await this.nodes.stop();
  }

  /** Nobody is served: it cannot be known who was revoked. */
  get blind(): boolean {
    return !this.#gate.open;
  }

  /** One path for what happened here and elsewhere. */
  announce(message: BusMessage): void {
    this.message(message);
    this.#parts.bus.publish(message);
  }

  attach(peer: Peer): void {
    const { session } = peer;
    if (session === null) return;
    const user = this.#users.get(session.userId) ?? new LocalUser(session.userId, this.#gate);
    this.#users.set(session.userId, user);
    user.peers.add(peer);
    const used = this.#sessions.get(session.sessionId) ?? { peers: new Set(), touchedAt: this.#parts.clock.now() };
    used.peers.add(peer);
    this.#sessions.set(session.sessionId, used);
    this.#tell(this.#welcome(peer, session, user));
  }

  detach(peer: Peer): void {
    const { session } = peer;
    const user = session === null ? undefined : this.#users.get(session.userId);
    if (session === null || user === undefined || !user.peers.delete(peer)) return;
    this.presence.unwatch(peer);
    const used = this.#sessions.get(session.sessionId);
    used?.peers.delete(peer);
    if (used?.peers.size === 0) {
      this.#sessions.delete(session.sessionId);
      this.#tell(this.#parts.onGone(session));
    }
    this.#tell(this.presence.left(session.userId, session.deviceId));
    if (user.peers.size > 0) return;
    this.#users.delete(session.userId);
    this.typing.stopAll(session.userId);
    this.rooms.leaveAll(user);
  }

  /** Resolves when whatever happens from then on reaches the peer: reads that follow miss nothing. */
  async ready(peer: Peer): Promise<void> {
    const user = peer.session === null ? undefined : this.#users.get(peer.session.userId);
    if (user !== undefined) await this.#load(user);
  }

  watch(peer: Peer, userIds: readonly UserId[]): Promise<Presence[]> {
    return this.presence.watch(peer, userIds);
  }

  message(message: BusMessage): void {
    switch (message.kind) {
      case "entry":
        return this.rooms.entry(message.chatId, message.seq, message.text);
      case "notice":
        return this.#notice(message);
      case "typing": {
        const { chatId, userId, typing } = message;
        if (!this.rooms.has(chatId)) return;
        return this.rooms.push(chatId, event("typing.changed", { chatId, userId, typing }, null), userId);
      }
      case "read": {
        const { chatId, userId, read, delivered } = message;
        if (!this.rooms.has(chatId)) return;
        return this.rooms.push(chatId, event("read.changed", { chatId, userId, read, delivered }, null));
      }
      case "presence":
        return this.presence.changed(message.userId);
      case "revoked":
        return this.revoked(message.sessionIds);
    }
  }

  hole(channel: number | null): void {
    this.presence.changed(null);
    this.#tell(this.#catchUp((id) => channel === null || channelOf(id) === channel));
  }

  revoked(sessionIds: readonly string[]): void {
    for (const sessionId of sessionIds) {
      for (const peer of [...(this.#sessions.get(sessionId)?.peers ?? [])]) peer.close("session_revoked");
    }
  }

  suspend(): void {
    this.#gate.open = false;
    this.#parts.log.warn("nobody is served: the list of revoked sessions cannot be read");
  }

  resume(): void {
    this.#gate.open = true;
    this.#pushToAll(event("sync.behind", { chatIds: [] }, null));
  }

  /** Clients pull anew by themselves; what comes after must not be taken for what the lost tail held. */
  epochChanged(epoch: string): void {
    this.rooms.forget();
    for (const { inbox } of this.#users.values()) inbox?.notices.forget();
    this.#pushToAll(event("sync.reset", { epoch }, null));
    this.#tell(this.#catchUp(() => true));
  }

  #pushToAll(encoded: EncodedEvent): void {
    for (const user of this.#users.values()) user.push(encoded);
  }

  async #welcome(peer: Peer, session: Session, user: LocalUser): Promise<void> {
    const [, alive] = await Promise.all([
      this.#load(user),
      this.#parts.store.exists(sessionKey(session.sessionId)),
      this.presence.arrived(session.userId, session.deviceId),
    ]);
    // Revoked after it was accepted and before anybody could find the peer by its session.
    if (!alive) peer.close("session_revoked");
  }

  #load(user: LocalUser): Promise<void> {
    user.ready ??= this.#enterAll(user).catch((error: unknown) => {
      user.ready = null;
      throw error;
    });
    return user.ready;
  }

  async #enterAll(user: LocalUser): Promise<void> {
    const { store, clock } = this.#parts;
    const { userId } = user;
    const [chats, end] = await Promise.all([chatsOf(store, userId), inboxEnd(store, userId, clock.now())]);
    this.#followInbox(user, end.month, end.readBefore).notices.begin(end.read);
    // Gone meanwhile: an empty room would stay for ever.
    if (user.peers.size === 0) return;
    await Promise.all(chats.map(({ chatId, joinedSeq }) => this.rooms.enter(user, chatId, joinedSeq)));
    if (user.peers.size === 0) this.rooms.leaveAll(user);
  }

  /** Goes on to the bucket of a month that has begun. */
  #inboxOf(user: LocalUser, month: string): LocalInbox | null {
    const { inbox } = user;
    if (inbox === null || month <= inbox.month) return inbox;
    const readBefore = month === monthAfter(inbox.month, 1) ? (inbox.notices.delivered ?? 0) : 0;
    const next = this.#followInbox(user, month, readBefore);
    next.notices.begin(0);
    return next;
  }

  #followInbox(user: LocalUser, month: string, readBefore: number): LocalInbox {
    const key = userInbox(user.userId, month);
    const notices = new OrderedStream({
      fetch: (from, to) => this.#parts.store.listRange(key, from - 1, to - 1),
      deliver: (number, text) => this.#deliverNotice(user, { month, read: number, readBefore }, text),
    });
    user.inbox = { month, readBefore, notices };
    return user.inbox;
  }

  /** Waits for the user's chats to be loaded, so that a chat that was left meanwhile is not entered afterwards. */
  #notice({ userId, month, number, text }: Extract<BusMessage, { kind: "notice" }>): void {
    const user = this.#users.get(userId);
    if (user === undefined) return;
    this.#tell(
      this.#load(user).then(() => {
        const inbox = this.#inboxOf(user, month);
        if (inbox?.month === month) inbox.notices.offer(number, text);
      }),
    );
  }

  #deliverNotice(user: LocalUser, place: { month: string; read: number; readBefore: number }, text: string): void {
    const notice = JSON.parse(text) as Notice;
    const prev = posOf({ ...place, read: place.read - 1 });
    user.push(event("inbox.new", { pos: posOf(place), prev, notice }, null));
    if (notice.kind === "joined") this.#tell(this.#joined(user, notice.chatId, notice.seq));
    if (notice.kind === "left") this.rooms.leave(user, notice.chatId, notice.seq);
  }

  async #joined(user: LocalUser, chatId: ChatId, seq: number): Promise<void> {
    const { store } = this.#parts;
    const member = await findMember(store, chatId, user.userId);
    if (member === null || user.peers.size === 0) return;
    user.push(event("chat.changed", { chat: await viewChat(store, chatId, member) }, chatId));
    await this.rooms.join(user, chatId, seq);
    if (user.peers.size === 0) this.rooms.leaveAll(user);
  }

  #schedule(): void {
    if (this.#stopped) return;
    this.#stopTimer = this.#parts.clock.after(LOOK_MS, () => {
      this.#tell(Promise.all([this.#catchUp(() => true), this.#touch()]).finally(() => this.#schedule()));
    });
  }

  async #touch(): Promise<void> {
    const now = this.#parts.clock.now();
    const due = [...this.#sessions]
      .filter(([, { touchedAt }]) => now - touchedAt >= TOUCH_MS)
      .slice(0, TOUCHED_AT_ONCE);
    await Promise.all(
      due.map(async ([sessionId, used]) => {
        used.touchedAt = now;
        if (!(await this.#parts.touch(sessionId))) this.revoked([sessionId]);
      }),
    );
  }

  async #catchUp(concerned: (id: string) => boolean): Promise<void> {
    const month = monthOf(this.#parts.clock.now());
    await this.rooms.catchUp(concerned);
    for (const user of this.#users.values()) {
      const inbox = concerned(user.userId) ? this.#inboxOf(user, month) : null;
      inbox?.notices.begin(await this.#parts.store.listLength(userInbox(user.userId, inbox.month)));
    }
  }

  /** Nobody waits for it; what fails is looked at again by the next round. */
  #tell(work: Promise<unknown>): void {
    work.catch((error: unknown) => {
      if (!this.#stopped) this.#parts.log.warn("live delivery met an error", { error });
    });
  }
}
