import type { Clock, EventData } from "@parley/protocol";
import type { BusMessage } from "../../bus/bus.ts";
import type { Session } from "../../live/caller.ts";
import { revokedOn } from "../../store/keys.ts";
import type { Kv } from "../../store/kv.ts";
import type { Sessions } from "./sessions.ts";

const POLL_MS = 1000;
/** A node that cannot know for so long who was revoked serves nobody (S8). */
const BLIND_MAX_MS = 5000;
/** The list of a day is read by nodes whose clocks may be off; after this nobody does. */
const KEPT_SECONDS = 3 * 24 * 3600;
/** Nodes may disagree about the day for so long around midnight. */
const SKEW_MS = 3600_000;

/** Why a session ended, as its device is told. */
export type EndedWhy = EventData<"session.ended">["why"];

/** In the order of their mention in the list: an entry of before there were reasons has none. */
const WHYS: readonly EndedWhy[] = ["revoked", "replaced", "deleted"];

export interface RevocationListener {
  revoked(sessionIds: readonly string[], why: EndedWhy): void;
  /** Nobody may be served until `sighted`. */
  blind(): void;
  sighted(): void;
}

/**
 * The list of revoked sessions, which every node reads to its end each second: the bus is quicker, but may lose.
 * Entries of before `start` are of no concern, since their sessions were dead before this node could accept them.
 */
export class Revocations {
  readonly #store: Kv;
  readonly #clock: Clock;
  readonly #listener: RevocationListener;
  /** Day -> how much of its list was read. Two days at most. */
  #read = new Map<string, number>();
  #readAt = 0;
  #blind = false;
  #stopTimer = () => {};
  #stopped = false;

  constructor(store: Kv, clock: Clock, listener: RevocationListener) {
    this.#store = store;
    this.#clock = clock;
    this.#listener = listener;
  }

  async start(): Promise<void> {
    for (const day of this.#days()) this.#read.set(day, await this.#store.listLength(revokedOn(day)));
    this.#readAt = this.#clock.monotonic();
    this.#schedule();
  }

  stop(): void {
    this.#stopped = true;
    this.#stopTimer();
  }

  /** After the sessions were deleted, so that a client that is closed cannot come back with its token. */
  async add(sessionIds: readonly string[], why: EndedWhy): Promise<void> {
    const key = revokedOn(dayOf(this.#clock.now()));
    await Promise.all(sessionIds.map((sessionId) => this.#store.listPush(key, `${sessionId}:${why}`)));
    await this.#store.expire(key, KEPT_SECONDS);
  }

  #schedule(): void {
    if (!this.#stopped) this.#stopTimer = this.#clock.after(POLL_MS, () => void this.#poll());
  }

  async #poll(): Promise<void> {
    // A read that hangs must not keep the node from noticing that it is blind; after a pause of the whole process it
    // still gets a moment.
    const stopWatch = this.#clock.after(Math.max(POLL_MS, BLIND_MAX_MS - this.#sinceRead()), () => this.#goBlind());
    try {
      // What was on its way for long says who was revoked when it was asked for: it is too old to see by.
      do {
        const startedAt = this.#clock.monotonic();
        const found = await this.#readNew();
        for (const { sessionIds, why } of byReason(found)) this.#listener.revoked(sessionIds, why);
        this.#readAt = startedAt;
      } while (this.#sinceRead() >= BLIND_MAX_MS && !this.#stopped);
      if (this.#blind && !this.#stopped) {
        this.#blind = false;
        this.#listener.sighted();
      }
    } catch {
      if (this.#sinceRead() >= BLIND_MAX_MS) this.#goBlind();
    } finally {
      stopWatch();
      this.#schedule();
    }
  }

  async #readNew(): Promise<string[]> {
    const read = new Map<string, number>();
    const found: string[] = [];
    for (const day of this.#days()) {
      const key = revokedOn(day);
      let from = this.#read.get(day) ?? 0;
      // Shorter than it was: the store lost the tail, and what is there now was not read. To close twice does no harm.
      if (from > 0 && (await this.#store.listLength(key)) < from) from = 0;
      const entries = await this.#store.listRange(key, from, Number.MAX_SAFE_INTEGER);
      found.push(...entries);
      read.set(day, from + entries.length);
    }
    this.#read = read;
    return found;
  }

  #goBlind(): void {
    if (this.#blind || this.#stopped) return;
    this.#blind = true;
    this.#listener.blind();
  }

  #sinceRead(): number {
    return this.#clock.monotonic() - this.#readAt;
  }

  #days(): Set<string> {
    const now = this.#clock.now();
    return new Set([dayOf(now - SKEW_MS), dayOf(now + SKEW_MS)]);
  }
}

export interface RevokeArgs {
  readonly sessions: readonly Session[];
  /** Absent in intents of before there were reasons. */
  readonly why?: EndedWhy;
}

export interface RevokeParts {
  readonly sessions: Sessions;
  readonly revocations: Revocations;
  readonly announce: (message: BusMessage) => void;
  /** Idempotent; the device is out of the calls that it was in. */
  readonly hangUp: (session: Session) => Promise<void>;
}

/** Deed, idempotent: the sessions first, so that a client that is closed cannot come back with its token. */
export async function revoke(parts: RevokeParts, { sessions: ended, why = "revoked" }: RevokeArgs): Promise<void> {
  await Promise.all(ended.map((session) => parts.sessions.delete(session)));
  await parts.revocations.add(
    ended.map(({ sessionId }) => sessionId),
    why,
  );
  for (const { userId, sessionId } of ended) {
    parts.announce({ kind: "revoked", userId, sessionIds: [sessionId], why });
  }
  for (const session of ended) await parts.hangUp(session);
}

function byReason(entries: readonly string[]): { readonly sessionIds: string[]; readonly why: EndedWhy }[] {
  const ended = entries.map((entry) => {
    const [sessionId = "", reason] = entry.split(":");
    return { sessionId, why: WHYS.find((why) => why === reason) ?? "revoked" };
  });
  return WHYS.map((why) => ({
    why,
    sessionIds: ended.filter((one) => one.why === why).map(({ sessionId }) => sessionId),
  })).filter(({ sessionIds }) => sessionIds.length > 0);
}

function dayOf(timeMs: number): string {
  return new Date(timeMs).toISOString().slice(0, 10).replaceAll("-", "");
}
