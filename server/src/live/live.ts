import type { CallId, ChatId, Clock, EventData, Notice, Pos, Presence, UserId } from "@parley/protocol";
import { type Bus, type BusListener, type BusMessage, channelOf } from "../bus/bus.ts";
import type { Log } from "../log.ts";
import { metrics } from "../metrics.ts";
import { viewChat } from "../records/chat-record.ts";
import { inboxEnd, monthOf } from "../records/inbox.ts";
import { findMember, goneFrom, readOwnFacts } from "../records/membership.ts";
import { sessionKey, userChats } from "../store/keys.ts";
import type { Kv } from "../store/kv.ts";
import type { EncodedEvent, Peer, Session } from "./caller.ts";
import { ConnectedSessions } from "./connected-sessions.ts";
import { event, eventOf } from "./event.ts";
import { InboxFeed } from "./inbox-feed.ts";
import { type Gate, LocalUser } from "./local-user.ts";
import { NodeRegistry, type RegistryParts } from "./node-registry.ts";
import { PresenceBoard } from "./presence.ts";
import { Rooms } from "./rooms.ts";
import { Typing } from "./typing.ts";

export interface LiveParts {
  readonly store: Kv;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly log: Log;
  readonly nodeId: string;
  readonly standing: RegistryParts["standing"];
  /** A device's last connection here went. */
  readonly onGone: (session: Session) => Promise<void>;
  /** A session is in use by a connection: false when it has ended. */
  readonly touch: (sessionId: string) => Promise<boolean>;
  /** Those of `userIds` whose presence the user may see now. */
  readonly visible: (userId: UserId, userIds: readonly UserId[]) => Promise<ReadonlySet<UserId>>;
  readonly calls: {
    /** Another node, or this one, has changed a call. */
    /** False: later changes of the call were heard of before. */
    readonly heard: (message: Extract<BusMessage, { kind: "call" }>) => boolean;
    /** Tells those here how the call stands. */
    readonly tellAnew: (callId: CallId) => Promise<void>;
    /** Looks for changes of calls that the bus lost, in the chats that are concerned. */
    readonly catchUp: (concerned: (chatId: ChatId) => boolean) => Promise<void>;
  };
}

/** How often a node looks for what the bus lost without anybody noticing. */
const LOOK_MS = 20_000;
/** Reads of one round, so that they do not queue before the next send. */
const USERS_AT_ONCE = 500;

/** What somebody belongs to changes rarely while it is read; whoever it changes for again and again is loaded by who asks next. */
const ENTER_TRIES_MAX = 10;

/** A connection too many of one session comes back after this: another one may have gone by then. */
const CROWDED_RETRY_MS = 60_000;
/** And one whose session could not be looked up after this. */
const UNCERTAIN_RETRY_MS = 5_000;

/** Who is here, and what reaches them. Everything that happened comes in as a message, from this node or another. */
export class Live implements BusListener {
  readonly rooms: Rooms;
  readonly presence: PresenceBoard;
  readonly nodes: NodeRegistry;
  readonly typing: Typing;
  readonly #parts: LiveParts;
  readonly #users = new Map<UserId, LocalUser>();
  readonly #sessions: ConnectedSessions;
  /** What nobody waits for, until it is done. */
  readonly #pending = new Set<Promise<void>>();
  #stopTimer = () => {};
  #stopped = false;
  readonly #gate: Gate = { open: true };
  /** Counts the epochs of the store: who belonged to what in another one decides nothing. */
  #life = 0;

  constructor(parts: LiveParts) {
    this.#parts = parts;
    const { store, clock, nodeId, standing } = parts;
    this.#sessions = new ConnectedSessions(clock);
    this.rooms = new Rooms(store, (userId) => this.presence.parted(userId));
    this.nodes = new NodeRegistry({ store, clock, nodeId, standing, onDeath: () => this.presence.changed(null) });
    this.presence = new PresenceBoard({
      store,
      clock,
      nodes: this.nodes,
      visible: parts.visible,
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
    await Promise.all(this.#pending);
    await this.nodes.stop();
  }

  /** Nobody is served: it cannot be known who was revoked. */
  get blind(): boolean {
    return !this.#gate.open;
  }

  /** One path for what happened here and elsewhere. */
  announce(message: BusMessage): void {
    this.message(message);
    metrics.busPublished.value += 1;
    this.#parts.bus.publish(message);
  }

  attach(peer: Peer): void {
    const { session } = peer;
    if (session === null) return;
    if (!this.#sessions.add(session, peer)) {
      peer.close("rate_limited", JSON.stringify({ after: CROWDED_RETRY_MS }));
      return;
    }
    const user = this.#users.get(session.userId) ?? new LocalUser(session.userId, this.#gate);
    this.#users.set(session.userId, user);
    user.peers.add(peer);
    this.#tell(this.#welcome(peer, session, user));
  }

  detach(peer: Peer): void {
    const { session } = peer;
    const user = session === null ? undefined : this.#users.get(session.userId);
    if (session === null || user === undefined || !user.peers.delete(peer)) return;
    this.presence.unwatch(peer);
    if (this.#sessions.remove(session, peer)) this.#tell(this.#parts.onGone(session));
    this.#tell(this.presence.left(peer, session));
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

  /** Who hung up while it was asked whom they may follow follows nobody: nothing would ever end it. */
  async watch(peer: Peer, userIds: readonly UserId[]): Promise<Presence[]> {
    const user = peer.session === null ? undefined : this.#users.get(peer.session.userId);
    if (user?.peers.has(peer) === true) return this.presence.watch(peer, userIds);
    return userIds.map((userId) => ({ userId, state: "offline" }));
  }

  /** Nobody looks at this connection; lasts as long as it does. */
  async setAway(peer: Peer, away: boolean): Promise<void> {
    if (peer.session !== null) await this.presence.setAway(peer, peer.session, away);
  }

  message(message: BusMessage): void {
    switch (message.kind) {
      case "entry":
        return this.rooms.entry(message.chatId, message.seq, message.text);
      case "notice":
        return this.#notice(message);
      case "notices": {
        const { month, text, numbers } = message;
        for (const [userId, number] of numbers) this.#notice({ userId, month, number, text });
        return;
      }
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
      case "reaction": {
        const { kind: _, ...reaction } = message;
        if (!this.rooms.has(reaction.chatId)) return;
        return this.#tell(
          this.rooms.pushAbout(reaction.chatId, reaction.seq, event("reaction.changed", reaction, null)),
        );
      }
      case "behind": {
        const { chatId } = message;
        if (!this.rooms.has(chatId)) return;
        return this.rooms.push(chatId, event("sync.behind", { chatIds: [chatId] }, null));
      }
      case "poll": {
        const { chatId, seq } = message;
        if (!this.rooms.has(chatId)) return;
        return this.#tell(this.rooms.pushAbout(chatId, seq, event("poll.changed", { chatId, seq }, null)));
      }
      case "call":
        if (!this.#parts.calls.heard(message)) return this.#tell(this.#parts.calls.tellAnew(message.callId));
        return this.#call(message);
      case "signal":
        return this.#users
          .get(message.userId)
          ?.pushToDevice(message.deviceId, eventOf("call.signalled", message.text, null));
      case "presence":
        return this.presence.changed(message.userId);
      case "visibility":
        return this.#tell(this.presence.review(message.userId, message.otherId));
      case "revoked":
        return this.revoked(message.sessionIds, message.why);
    }
  }

  /** To everybody of the chat who is here, and to people who are so new in it that they have no seat yet. */
  #call({ chatId, text, people, quiet }: Extract<BusMessage, { kind: "call" }>): void {
    const told = new Set(quiet === true ? [] : this.rooms.usersOf(chatId));
    for (const userId of people) {
      const user = this.#users.get(userId);
      if (user !== undefined) told.add(user);
    }
    if (told.size === 0) return;
    const encoded = eventOf("call.changed", `{"call":${text}}`, chatId);
    for (const user of told) user.push(encoded);
  }

  hole(channel: number | null): void {
    metrics.busHoles.add();
    const concerned = (id: string) => channel === null || channelOf(id) === channel;
    this.presence.changed(null);
    this.#tell(this.presence.reviewLost(concerned));
    this.#tell(this.#catchUp(concerned));
  }

  /** The device hears why, as the last thing. */
  revoked(sessionIds: readonly string[], why: EventData<"session.ended">["why"] = "revoked"): void {
    this.#sessions.close(sessionIds, sessionEnded(why));
  }

  suspend(): void {
    this.#gate.open = false;
    this.#parts.log.warn("nobody is served: the list of revoked sessions cannot be read");
  }

  resume(): void {
    this.#gate.open = true;
    this.#pushToAll(event("sync.behind", { chatIds: [] }, null));
  }

  /**
   * Clients pull anew by themselves; what comes after must not be taken for what the lost tail held. It may have held that
   * somebody was let in or removed, so all take their seats anew.
   */
  epochChanged(epoch: string): void {
    this.#life += 1;
    this.rooms.forget();
    for (const user of this.#users.values()) {
      // One that is being loaded begins anew by itself.
      if (user.inbox !== null) user.ready = null;
      user.inbox = null;
      user.unseated.clear();
    }
    this.#tell(this.#catchUp(() => true));
    this.#pushToAll(event("sync.reset", { epoch }, null));
  }

  #pushToAll(encoded: EncodedEvent): void {
    for (const user of this.#users.values()) user.push(encoded);
  }

  async #welcome(peer: Peer, session: Session, user: LocalUser): Promise<void> {
    await Promise.all([this.#load(user), this.#closeIfEnded(peer, session), this.presence.arrived(peer, session)]);
  }

  /** One that was revoked after it was accepted, and before anybody could find the peer by its session (S8). */
  async #closeIfEnded(peer: Peer, { sessionId }: Session): Promise<void> {
    try {
      if (await this.#parts.store.exists(sessionKey(sessionId))) return;
    } catch (error) {
      // Nobody looks again for hours.
      peer.close("rate_limited", JSON.stringify({ after: UNCERTAIN_RETRY_MS }));
      throw error;
    }
    peer.push(sessionEnded("revoked"));
    peer.close("session_revoked");
  }

  #load(user: LocalUser): Promise<void> {
    user.ready ??= this.#loading(user);
    return user.ready;
  }

  /** What failed is done again by who asks next. */
  #loading(user: LocalUser): Promise<void> {
    const loading = this.#enterAll(user).catch((error: unknown) => {
      if (user.ready === loading) user.ready = null;
      throw error;
    });
    loading.catch(() => {});
    return loading;
  }

  async #enterAll(user: LocalUser): Promise<void> {
    for (let tries = 0; tries < ENTER_TRIES_MAX; tries++) if (await this.#tryToEnter(user)) return;
    throw new Error("What the user belongs to changes all the time");
  }

  /**
   * False when what the user belongs to changed meanwhile. A removal marks the membership before it appends its entry (see
   * records/leaving.ts): of an entry from before the rooms were opened the mark is there afterwards, among the facts that
   * were read or as one more of them, and later entries are delivered by the rooms (S8). What changed before the end of the
   * inbox was read has changed the facts by then, too, and of everything else the feed tells.
   */
  async #tryToEnter(user: LocalUser): Promise<boolean> {
    const { store, clock } = this.#parts;
    const { userId } = user;
    const life = this.#life;
    const [end, own] = await Promise.all([inboxEnd(store, userId, clock.now()), readOwnFacts(store, userId)]);
    const arrivals = own.chats.map(({ chatId, joinedSeq }) => this.rooms.arrive(user, chatId, joinedSeq));
    try {
      await Promise.all(arrivals.map((arrival) => this.rooms.opened(arrival)));
      const [count, gone] = await Promise.all([store.hashLength(userChats(userId)), goneFrom(store, own)]);
      // Nobody is left who would hear anything.
      if (user.peers.size === 0) return true;
      if (count !== own.count || life !== this.#life) return false;
      user.inbox = new InboxFeed(store, userId, end, {
        deliver: (notice, pos, prev) => this.#deliverNotice(user, notice, pos, prev),
      });
      for (const arrival of arrivals) if (!gone.has(arrival.room.chatId)) this.rooms.sit(arrival);
      return true;
    } finally {
      for (const arrival of arrivals) this.rooms.depart(arrival);
    }
  }

  /** Waits for the user's chats to be loaded, so that a chat that was left meanwhile is not entered afterwards. */
  #notice({ userId, month, number, text }: Omit<Extract<BusMessage, { kind: "notice" }>, "kind">): void {
    const user = this.#users.get(userId);
    if (user !== undefined) this.#tell(this.#load(user).then(() => user.inbox?.offer(month, number, text)));
  }

  #deliverNotice(user: LocalUser, notice: Notice, pos: Pos, prev: Pos): void {
    user.push(event("inbox.new", { pos, prev, notice }, null));
    if (notice.kind === "joined") {
      // A deed that is done twice tells twice: the second finds the seat, and makes up for nothing again.
      this.#tell(this.#join(user, notice.chatId, notice.seq));
    }
    if (notice.kind === "left") {
      this.rooms.leave(user, notice.chatId, notice.seq);
      this.presence.parted(user.userId);
    }
  }

  /** What fails is done again by the next round: nobody else would give them the seat as long as they stay. */
  #join(user: LocalUser, chatId: ChatId, seq: number): Promise<void> {
    const life = this.#life;
    user.joining = user.joining
      .catch(() => {})
      .then(() => this.#joined(user, chatId, seq))
      .catch((error: unknown) => {
        if (life === this.#life) user.unseated.set(chatId, seq);
        throw error;
      });
    return user.joining;
  }

  async #joined(user: LocalUser, chatId: ChatId, seq: number): Promise<void> {
    const { store } = this.#parts;
    const life = this.#life;
    const member = await findMember(store, chatId, user.userId);
    if (member === null || user.peers.size === 0) return;
    const chat = await viewChat(store, chatId, member);
    if (life !== this.#life) return;
    user.push(event("chat.changed", { chat }, chatId));
    // Told late, of a membership that has ended since: what came before the present one they have heard, or may not (S8).
    await this.rooms.join(user, chatId, Math.max(seq, member.joinedSeq));
    if (user.peers.size === 0) this.rooms.leaveAll(user);
  }

  #schedule(): void {
    if (this.#stopped) return;
    this.#stopTimer = this.#parts.clock.after(LOOK_MS, () => {
      this.#tell(
        Promise.all([
          this.#catchUp(() => true),
          this.#sessions.touch(this.#parts.touch, sessionEnded("revoked")),
        ]).finally(() => this.#schedule()),
      );
    });
  }

  async #catchUp(concerned: (id: string) => boolean): Promise<void> {
    const month = monthOf(this.#parts.clock.now());
    await Promise.all([this.rooms.catchUp(concerned), this.#parts.calls.catchUp(concerned)]);
    // Notices to a whole chat travel on the chat's channel.
    const seated = this.rooms.seated(concerned);
    const users = [...this.#users.values()].filter(({ userId }) => concerned(userId) || seated.has(userId));
    for (let from = 0; from < users.length; from += USERS_AT_ONCE) {
      await Promise.all(
        users.slice(from, from + USERS_AT_ONCE).map(async (user) => {
          // Its first load failed, or was of an earlier epoch.
          if (user.ready === null) await this.#load(user);
          await user.inbox?.catchUp(month);
          for (const [chatId, seq] of user.unseated) {
            user.unseated.delete(chatId);
            await this.#join(user, chatId, seq);
          }
        }),
      );
    }
  }

  /** Nobody waits for it; what fails is looked at again by the next round. */
  #tell(work: Promise<unknown>): void {
    const done = work.then(
      () => {},
      (error: unknown) => {
        if (!this.#stopped) this.#parts.log.warn("live delivery met an error", { error });
      },
    );
    this.#pending.add(done);
    void done.finally(() => this.#pending.delete(done));
  }
}

function sessionEnded(why: EventData<"session.ended">["why"]): EncodedEvent {
  return event("session.ended", { why }, null);
}
