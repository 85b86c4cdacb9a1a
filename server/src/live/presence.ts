import type { Clock, DeviceId, Presence, UserId } from "@parley/protocol";
import { onlineKey, userKey } from "../store/keys.ts";
import type { Kv } from "../store/kv.ts";
import type { Peer } from "./caller.ts";
import { event } from "./event.ts";
import type { NodeRegistry } from "./node-registry.ts";

export interface PresenceParts {
  readonly store: Kv;
  readonly clock: Clock;
  readonly nodes: NodeRegistry;
  /** Tells all nodes, this one included, that something changed for the user. */
  readonly announce: (userId: UserId) => void;
  /** Those of `userIds` with whom the user shares a chat. */
  readonly acquaintances: (userId: UserId, userIds: readonly UserId[]) => Promise<ReadonlySet<UserId>>;
}

/** Changes that come together are looked up together; well below the 2 s in which everybody is to know. */
const GATHER_MS = 50;
/** Who shares what is asked a moment after somebody left: the entry is told before the indexes say so. */
const REVIEW_MS = 1000;

interface Watched {
  readonly watchers: Set<Peer>;
  /** What the watchers were told last. */
  state: Presence["state"] | null;
}

/**
 * Who is online: a user's hash of `device@node`, written when the first connection of a device comes and the last one
 * goes, and believed as long as the node lives. Announcements are hints; the hash says what is true.
 */
export class PresenceBoard {
  readonly #parts: PresenceParts;
  readonly #connections = new Map<string, number>();
  readonly #watched = new Map<UserId, Watched>();
  readonly #byPeer = new Map<Peer, readonly UserId[]>();
  readonly #stale = new Set<UserId>();
  readonly #parted = new Set<UserId>();
  #stopTimer: (() => void) | null = null;
  #stopReview: (() => void) | null = null;

  constructor(parts: PresenceParts) {
    this.#parts = parts;
  }

  async arrived(userId: UserId, deviceId: DeviceId): Promise<void> {
    const field = this.#field(deviceId);
    const count = this.#connections.get(field) ?? 0;
    this.#connections.set(field, count + 1);
    if (count > 0) return;
    const { store, clock, announce } = this.#parts;
    await store.hashSet(onlineKey(userId), field, String(clock.now()));
    announce(userId);
  }

  async left(userId: UserId, deviceId: DeviceId): Promise<void> {
    const field = this.#field(deviceId);
    const count = (this.#connections.get(field) ?? 0) - 1;
    if (count > 0) {
      this.#connections.set(field, count);
      return;
    }
    this.#connections.delete(field);
    const { store, clock, announce } = this.#parts;
    await Promise.all([
      store.hashDelete(onlineKey(userId), field),
      store.hashSet(userKey(userId), "lastSeenAt", String(clock.now())),
    ]);
    announce(userId);
  }

  /** Follows these people, who are known to share a chat with the peer's user, in place of those before. */
  async watch(peer: Peer, userIds: readonly UserId[]): Promise<Presence[]> {
    this.unwatch(peer);
    this.#byPeer.set(peer, userIds);
    for (const userId of userIds) {
      const watched = this.#watched.get(userId) ?? { watchers: new Set(), state: null };
      watched.watchers.add(peer);
      this.#watched.set(userId, watched);
    }
    const found = await Promise.all(userIds.map((userId) => this.#read(userId)));
    for (const { userId, state } of found) {
      const watched = this.#watched.get(userId);
      if (watched !== undefined) watched.state ??= state;
    }
    return found;
  }

  unwatch(peer: Peer): void {
    for (const userId of this.#byPeer.get(peer) ?? []) this.#unfollow(peer, userId);
    this.#byPeer.delete(peer);
  }

  isWatched(userId: UserId): boolean {
    return this.#watched.has(userId);
  }

  /** Somebody left a chat: ends what is followed of and by them where it was the last chat that was shared. */
  parted(userId: UserId): void {
    this.#parted.add(userId);
    this.#stopReview ??= this.#parts.clock.after(REVIEW_MS, () => {
      this.#stopReview = null;
      const parted = [...this.#parted];
      this.#parted.clear();
      // A store that does not answer leaves it as it was, until the person watches anew.
      for (const id of parted) void this.#review(id).catch(() => {});
    });
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

  async #review(userId: UserId): Promise<void> {
    const watchers = [...(this.#watched.get(userId)?.watchers ?? [])];
    const own = [...this.#byPeer.keys()].filter((peer) => peer.session?.userId === userId);
    await Promise.all([
      ...watchers.map((peer) => this.#keepAcquaintances(peer, [userId])),
      ...own.map((peer) => this.#keepAcquaintances(peer, this.#byPeer.get(peer) ?? [])),
    ]);
  }

  async #keepAcquaintances(peer: Peer, userIds: readonly UserId[]): Promise<void> {
    if (peer.session === null) return;
    const known = await this.#parts.acquaintances(peer.session.userId, userIds);
    const strangers = new Set(userIds.filter((userId) => !known.has(userId)));
    const watched = this.#byPeer.get(peer);
    if (watched === undefined || strangers.size === 0) return;
    for (const userId of strangers) this.#unfollow(peer, userId);
    this.#byPeer.set(
      peer,
      watched.filter((userId) => !strangers.has(userId)),
    );
  }

  #unfollow(peer: Peer, userId: UserId): void {
    const watched = this.#watched.get(userId);
    watched?.watchers.delete(peer);
    if (watched?.watchers.size === 0) this.#watched.delete(userId);
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
        for (const peer of watched.watchers) peer.push(encoded);
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
    for (const field of Object.keys(devices)) {
      const nodeId = field.slice(field.indexOf("@") + 1);
      if (await nodes.isAlive(nodeId)) return { userId, state: "online" };
      if (nodes.isForgotten(nodeId)) dead.push(field);
    }
    if (dead.length > 0) await store.hashDelete(onlineKey(userId), ...dead);
    return { userId, state: "offline", ...(lastSeenAt === null ? {} : { lastSeenAt: Number(lastSeenAt) }) };
  }

  #field(deviceId: DeviceId): string {
    return `${deviceId}@${this.#parts.nodes.nodeId}`;
  }
}
