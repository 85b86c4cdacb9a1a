import type { Clock, Presence, UserId } from "@parley/protocol";
import { onlineKey, userKey } from "../store/keys.ts";
import type { Kv } from "../store/kv.ts";
import type { Peer, Session } from "./caller.ts";
import { type DeviceState, DevicesHere } from "./devices-here.ts";
import { event } from "./event.ts";
import type { NodeRegistry } from "./node-registry.ts";

export interface PresenceParts {
  readonly store: Kv;
  readonly clock: Clock;
  readonly nodes: NodeRegistry;
  /** Tells all nodes, this one included, that something changed for the user. */
  readonly announce: (userId: UserId) => void;
  /** Those of `userIds` whose presence the user may see now. */
  readonly visible: (userId: UserId, userIds: readonly UserId[]) => Promise<ReadonlySet<UserId>>;
}

/** Changes that come together are looked up together; well below the 2 s in which everybody is to know. */
const GATHER_MS = 50;
/** Who shares what is asked a moment after somebody left: the entry is told before the indexes say so. */
const REVIEW_MS = 1000;
/** After the time since when, in the field of a device that nobody looks at. */
const AWAY = " away";

/** Somebody whom connections here asked about. */
interface Watched {
  /** Who asked -> whether they may see. Those who may not are kept: it may be allowed later. */
  readonly askers: Map<Peer, boolean>;
  /** What those who see were told last. */
  state: Presence["state"] | null;
}

/**
 * Who is online: a user's hash of `device@node`, written when the first connection of a device comes, the last one goes
 * or all are away, and believed as long as the node lives. Announcements are hints; the hash says what is true.
 */
export class PresenceBoard {
  readonly #parts: PresenceParts;
  readonly #devices = new DevicesHere();
  /** What the hash says of the devices that are here, or will when the write is through. */
  readonly #written = new Map<string, DeviceState>();
  readonly #watched = new Map<UserId, Watched>();
  readonly #byPeer = new Map<Peer, readonly UserId[]>();
  /** What a connection may see is decided by one question after the other, so that the last answer is the newest. */
  readonly #turns = new Map<Peer, Promise<void>>();
  readonly #stale = new Set<UserId>();
  readonly #parted = new Set<UserId>();
  #stopTimer: (() => void) | null = null;
  #stopReview: (() => void) | null = null;

  constructor(parts: PresenceParts) {
    this.#parts = parts;
  }

  arrived(peer: Peer, session: Session): Promise<void> {
    return this.#write(session, this.#devices.arrived(session, peer));
  }

  left(peer: Peer, session: Session): Promise<void> {
    return this.#write(session, this.#devices.left(session, peer));
  }

  setAway(peer: Peer, session: Session, away: boolean): Promise<void> {
    return this.#write(session, this.#devices.setAway(session, peer, away));
  }

  /** Follows these people in place of those before; who may not be seen is answered as offline, and told once they may. */
  async watch(peer: Peer, userIds: readonly UserId[]): Promise<Presence[]> {
    this.unwatch(peer);
    const asked = [...new Set(userIds)];
    this.#byPeer.set(peer, asked);
    for (const userId of asked) {
      const watched = this.#watched.get(userId) ?? { askers: new Map(), state: null };
      watched.askers.set(peer, false);
      this.#watched.set(userId, watched);
    }
    const seen = new Map<UserId, Presence>();
    await this.#decide(peer, asked, (presence) => seen.set(presence.userId, presence));
    // A review at the same moment may have shown somebody before this question came to it.
    const shown = asked.filter((userId) => !seen.has(userId) && this.#watched.get(userId)?.askers.get(peer) === true);
    await Promise.all(shown.map(async (userId) => seen.set(userId, await this.#read(userId))));
    return userIds.map((userId) => seen.get(userId) ?? { userId, state: "offline" });
  }

  unwatch(peer: Peer): void {
    for (const userId of this.#byPeer.get(peer) ?? []) {
      const watched = this.#watched.get(userId);
      watched?.askers.delete(peer);
      if (watched?.askers.size === 0) this.#watched.delete(userId);
    }
    this.#byPeer.delete(peer);
  }

  isWatched(userId: UserId): boolean {
    return this.#watched.has(userId);
  }

  /** Somebody left a chat, and what is followed of and by them may end. */
  parted(userId: UserId): void {
    this.#parted.add(userId);
    this.#stopReview ??= this.#parts.clock.after(REVIEW_MS, () => {
      this.#stopReview = null;
      const parted = [...this.#parted];
      this.#parted.clear();
      // A store that does not answer leaves it as it was, until the person watches anew.
      for (const id of parted) void this.review(id).catch(() => {});
    });
  }

  /** Asks again who may see this person, and whom they may see; only between the two where the other one is named. */
  async review(userId: UserId, otherId?: UserId): Promise<void> {
    const isOther = (peer: Peer) => otherId === undefined || peer.session?.userId === otherId;
    const askers = [...(this.#watched.get(userId)?.askers.keys() ?? [])].filter(isOther);
    const own = [...this.#byPeer].filter(([peer]) => peer.session?.userId === userId);
    await Promise.all([
      ...askers.map((peer) => this.#decide(peer, [userId])),
      ...own.map(([peer, asked]) => this.#decide(peer, otherId === undefined ? asked : [otherId])),
    ]);
  }

  /** Hints of these people may have been lost. One connection after the other, since it may be all of them. */
  async reviewLost(concerned: (userId: UserId) => boolean): Promise<void> {
    for (const [peer, asked] of [...this.#byPeer]) {
      const own = peer.session !== null && concerned(peer.session.userId);
      const some = own ? asked : asked.filter(concerned);
      if (some.length > 0) await this.#decide(peer, some);
    }
  }

  /** Something may have changed for the user, or, when nodes died or hints were lost, for anybody. */
  changed(userId: UserId | null): void {
    for (const id of userId === null ? this.#watched.keys() : [userId]) if (this.#watched.has(id)) this.#stale.add(id);
    if (this.#stale.size === 0 || this.#stopTimer !== null) return;
    this.#stopTimer = this.#parts.clock.after(GATHER_MS, () => {
      this.#stopTimer = null;
      void this.#report();
    });
  }

  stop(): void {
    this.#stopTimer?.();
    this.#stopReview?.();
  }

  /** Whom of these the peer may see. Who comes into sight is told, who goes out of it is offline to the peer. */
  #decide(
    peer: Peer,
    userIds: readonly UserId[],
    tell = (presence: Presence) => pushTo(peer, presence),
  ): Promise<void> {
    const turn = (this.#turns.get(peer) ?? Promise.resolve())
      .catch(() => {})
      .then(async () => {
        if (peer.session === null) return;
        const visible = await this.#parts.visible(peer.session.userId, userIds);
        await Promise.all(userIds.map((userId) => this.#show(peer, userId, visible.has(userId), tell)));
      });
    this.#turns.set(peer, turn);
    const end = () => {
      if (this.#turns.get(peer) === turn) this.#turns.delete(peer);
    };
    turn.then(end, end);
    return turn;
  }

  async #show(peer: Peer, userId: UserId, visible: boolean, tell: (presence: Presence) => void): Promise<void> {
    const watched = this.#watched.get(userId);
    // The peer hung up, or follows others by now.
    const before = watched?.askers.get(peer);
    if (watched === undefined || before === undefined || before === visible) return;
    watched.askers.set(peer, visible);
    if (!visible) return tell({ userId, state: "offline" });
    const presence = await this.#read(userId);
    watched.state ??= presence.state;
    if (watched.askers.get(peer) === true) tell(presence);
  }

  async #report(): Promise<void> {
    const userIds = [...this.#stale];
    this.#stale.clear();
    await Promise.all(
      userIds.map(async (userId) => {
        // The store does not answer: the next look at all of them tells.
        const presence = await this.#read(userId).catch(() => null);
        const watched = this.#watched.get(userId);
        if (presence === null || watched === undefined || watched.state === presence.state) return;
        watched.state = presence.state;
        const encoded = event("presence.changed", presence, null);
        for (const [peer, sees] of watched.askers) if (sees) peer.push(encoded);
      }),
    );
  }

  async #read(userId: UserId): Promise<Presence> {
    const { store, nodes } = this.#parts;
    const [devices, lastSeenAt] = await Promise.all([
      store.hashGetAll(onlineKey(userId)),
      store.hashGet(userKey(userId), "lastSeenAt"),
    ]);
    const dead: string[] = [];
    let away = false;
    for (const [field, since] of Object.entries(devices)) {
      const nodeId = field.slice(field.indexOf("@") + 1);
      if (await nodes.isAlive(nodeId)) {
        if (!since.endsWith(AWAY)) return { userId, state: "online" };
        away = true;
      } else if (nodes.isForgotten(nodeId)) dead.push(field);
    }
    if (dead.length > 0) await store.hashDelete(onlineKey(userId), ...dead);
    if (away) return { userId, state: "away" };
    return { userId, state: "offline", ...(lastSeenAt === null ? {} : { lastSeenAt: Number(lastSeenAt) }) };
  }

  /** Says in the store what became of the device, where that is news. */
  async #write({ userId, deviceId }: Session, state: DeviceState): Promise<void> {
    const { store, clock, nodes, announce } = this.#parts;
    const field = `${deviceId}@${nodes.nodeId}`;
    if ((this.#written.get(field) ?? "gone") === state) return;
    const now = String(clock.now());
    if (state === "gone") {
      this.#written.delete(field);
      await Promise.all([
        store.hashDelete(onlineKey(userId), field),
        store.hashSet(userKey(userId), "lastSeenAt", now),
      ]);
    } else {
      this.#written.set(field, state);
      await store.hashSet(onlineKey(userId), field, state === "away" ? now + AWAY : now);
    }
    announce(userId);
  }
}

function pushTo(peer: Peer, presence: Presence): void {
  peer.push(event("presence.changed", presence, null));
}
