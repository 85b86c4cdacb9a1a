import { isDeepStrictEqual } from "node:util";
import type { EventData, SystemBody } from "@parley/protocol";
import type { EncodedEvent, Session } from "../../src/live/caller.ts";
import { placeOf } from "../../src/records/inbox.ts";
import { chatLog, userInbox } from "../../src/store/keys.ts";
import { VOID_ENTRY } from "../../src/store/log-entry.ts";
import type { SimulatedLife, World } from "./world.ts";

/** What a node may still tell a revoked session while it cannot know of it: BLIND_MAX_MS, and a moment after a pause (S8). */
const REVOKED_WITHIN_MS = 5_000;
const MOMENT_MS = 1_000;

interface Pushed {
  readonly method: string;
  readonly params: Record<string, unknown>;
}

/** Looks over a node's shoulder: whatever it tells a connection has to be true, in order, and meant for it. */
export class Watch {
  readonly #world: World;
  readonly #life: SimulatedLife;
  /** One event is pushed to many. */
  readonly #read = new WeakMap<EncodedEvent, Pushed>();

  constructor(world: World, life: SimulatedLife) {
    this.#world = world;
    this.#life = life;
  }

  /** Of one connection: the answer is to be asked before each push. */
  connection(session: () => Session | null): (event: EncodedEvent) => void {
    const newest = new Map<string, number>();
    return (event) => {
      const who = session();
      if (who === null) return;
      const { method, params } = this.#parse(event);
      // Who could not be served while the epoch changed is told to look at everything instead, and finds it by that.
      const all = method === "sync.behind" && (params as EventData<"sync.behind">).chatIds.length === 0;
      if (method === "sync.reset" || all) newest.clear();
      if (method === "message.new") this.#entry(who, params as EventData<"message.new">, newest);
      if (method === "inbox.new") this.#notice(who, params as EventData<"inbox.new">);
      if (method !== "session.ended") this.#mayHear(who, method);
    };
  }

  #entry(who: Session, entry: EventData<"message.new">, newest: Map<string, number>): void {
    const world = this.#world;
    const { chatId, seq } = entry;
    const before = newest.get(chatId) ?? 0;
    world.object(seq > before, () => `[S5] ${this.#life.name} tells ${seq} after ${before}`);
    newest.set(chatId, seq);
    const clientId = "clientId" in entry ? entry.clientId : null;
    const isIt = (text: string) => text === VOID_ENTRY || clientId === null || text.includes(clientId);
    world.object(
      world.store.everHeld(chatLog(chatId), seq - 1, isIt),
      () => `[S5] ${this.#life.name} tells entry ${seq}, which is not stored`,
    );
    if (world.failovers === 0) {
      world.object(
        this.#isMember(who.userId, chatId, seq),
        () => `[S8] ${this.#life.name} tells ${seq} to who was removed`,
      );
    }
  }

  #notice({ userId }: Session, { pos, notice }: EventData<"inbox.new">): void {
    const place = placeOf(pos);
    const key = userInbox(userId, place?.month ?? "");
    const isIt = (text: string) => isDeepStrictEqual(JSON.parse(text), notice);
    this.#world.object(
      this.#world.store.everHeld(key, (place?.read ?? 0) - 1, isIt),
      () => `[S4] ${this.#life.name} tells notice ${pos} (${notice.kind}), which is not stored`,
    );
  }

  #mayHear({ deviceId }: Session, method: string): void {
    const { revoked, time } = this.#world;
    const since = revoked.get(deviceId);
    if (since === undefined) return;
    const until = Math.max(since + REVOKED_WITHIN_MS, this.#life.process.stalledUntil) + MOMENT_MS;
    this.#world.object(
      time.now() <= until,
      () => `[S8] ${this.#life.name} tells ${method} to a session revoked ${time.now() - since} ms ago`,
    );
  }

  /** The entry that removes somebody is theirs to see. */
  #isMember(userId: string, chatId: string, seq: number): boolean {
    const texts = this.#world.store.find(chatLog(chatId), "list")?.entries ?? [];
    if (goneSince(texts.slice(0, seq - 1), userId) === null) return true;
    const now = systemOf(texts[seq - 1] ?? "{}");
    return now.event === "added" && now.userId === userId;
  }

  #parse(event: EncodedEvent): Pushed {
    const read = this.#read.get(event) ?? (JSON.parse(Buffer.from(event.line).toString()) as Pushed);
    this.#read.set(event, read);
    return read;
  }
}

/** The entry of these that ended the membership for which nothing made up; null: there is none. */
export function goneSince(texts: readonly string[], userId: string): number | null {
  const last = texts.findLastIndex((text) => {
    const { event, userId: whom } = systemOf(text);
    return whom === userId && (event === "added" || event === "removed" || event === "left");
  });
  return last === -1 || systemOf(texts[last] ?? "{}").event === "added" ? null : last + 1;
}

interface System {
  readonly event?: SystemBody["event"];
  readonly userId?: string;
}

function systemOf(text: string): System {
  const { kind, body } = JSON.parse(text) as { kind?: string; body?: System };
  return kind === "system" ? (body ?? {}) : {};
}
