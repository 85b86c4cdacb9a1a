import { ReplyError } from "../errors.ts";
import type { ChatId, ClientId } from "../ids.ts";
import type { Clock, Random } from "../platform.ts";
import type { NewContent } from "../schema/message.ts";
import { Backoff } from "./backoff.ts";
import { tidyContent } from "./content.ts";
import { OutboxShelf, type SentRecord } from "./outbox-shelf.ts";
import type { Acknowledged } from "./requester.ts";
import type { ServerClock } from "./server-clock.ts";
import { ClientError, type FailureReason } from "./state.ts";
import type { ClientStorage } from "./storage.ts";
import { uuidV7 } from "./uuid-v7.ts";
import type { OutboxEntry } from "./view.ts";

/** Unacknowledged messages of one storage: a day of writing offline. Beyond it `send` fails instead of growing for ever. */
export const OUTBOX_MAX = 1_000;
/** Chats that send at once; within a chat it is one, which keeps its order. */
const CHATS_AT_ONCE = 8;

export interface OutboxOut {
  /** Online, and this tab is the one that sends. Asked before each send. */
  maySend(): boolean;
  /** One `message.send`; waits for its reply. */
  send(entry: OutboxEntry): Promise<Acknowledged>;
  /** The id is too old or too new to be recognised: is the message in the chat's history? */
  find(entry: OutboxEntry): Promise<Acknowledged | null>;
  /** `elsewhere`: another tab made this change, and knows. */
  changed(entry: OutboxEntry, where: "here" | "elsewhere"): void;
  /** `acknowledged` was persisted, then the entry deleted. `asWritten`: nobody can have changed it unheard since. */
  sent(entry: OutboxEntry, acknowledged: Acknowledged, asWritten: boolean): void;
  discarded(entry: OutboxEntry): void;
  warning(what: string): void;
}

/**
 * Own messages until the server has acknowledged them: persisted before anything else, sent one at a time per chat in
 * the order of writing, and again with the same clientId until there is an answer. Only an answer that will never
 * change makes one `failed`; then a person decides.
 */
export class Outbox {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #serverClock: ServerClock;
  readonly #out: OutboxOut;
  readonly #shelf: OutboxShelf;
  readonly #lanes = new Map<ChatId, Lane>();
  #sending = 0;

  constructor(
    platform: {
      readonly storage: ClientStorage;
      readonly clock: Clock;
      readonly random: Random;
      readonly serverClock: ServerClock;
    },
    out: OutboxOut,
  ) {
    this.#clock = platform.clock;
    this.#random = platform.random;
    this.#serverClock = platform.serverClock;
    this.#out = out;
    this.#shelf = new OutboxShelf(platform.storage, (what) => out.warning(what));
  }

  /** In the order of writing. */
  get entries(): OutboxEntry[] {
    return this.#shelf.inOrder();
  }

  /** Takes over what the storage holds. */
  async load(): Promise<void> {
    for (const entry of await this.#shelf.load()) this.#out.changed(entry, "elsewhere");
  }

  async add(chatId: ChatId, content: NewContent): Promise<OutboxEntry> {
    if (this.#shelf.size >= OUTBOX_MAX) throw new ClientError("queueFull", "outbox");
    const createdAt = this.#serverClock.now();
    const entry: OutboxEntry = {
      clientId: uuidV7(createdAt, this.#random),
      chatId,
      content: tidyContent(content),
      createdAt,
      order: this.#shelf.nextOrder(),
      state: { name: "sending" },
    };
    await this.#put([entry]);
    return entry;
  }

  /** Another tab has written or changed this entry. */
  async adopt(clientId: ClientId): Promise<void> {
    const entry = await this.#shelf.loadOne(clientId);
    if (entry === undefined) return;
    this.#out.changed(entry, "elsewhere");
    this.pump();
  }

  /** Another tab has sent or discarded it. */
  forget(clientId: ClientId): void {
    this.#shelf.forget(clientId);
  }

  /** One that failed goes out again with its id; with a new one if the old can no longer be recognised. */
  async retry(clientId: ClientId): Promise<void> {
    const entry = this.#failed(clientId);
    if (entry === undefined) return;
    if (entry.state.name === "failed" && entry.state.why === "CLIENT_ID_EXPIRED") {
      await this.discard(clientId);
      await this.add(entry.chatId, entry.content);
      return;
    }
    await this.#put([{ ...entry, state: { name: "sending" } }]);
  }

  async discard(clientId: ClientId): Promise<void> {
    const entry = this.#failed(clientId);
    if (entry === undefined) return;
    await this.#shelf.remove(clientId);
    this.#out.discarded(entry);
  }

  /** Own messages that a new epoch lost go out again, before what was written since. */
  resend(lost: readonly SentRecord[]): Promise<void> {
    return this.#put(lost.map(({ entry }): OutboxEntry => ({ ...entry, state: { name: "sending" } })));
  }

  /** Sends what may be sent. Call whenever `maySend` may have become true. */
  pump(): void {
    if (!this.#out.maySend()) return;
    const seen = new Set<ChatId>();
    for (const entry of this.entries) {
      if (this.#sending >= CHATS_AT_ONCE) return;
      if (entry.state.name !== "sending" || seen.has(entry.chatId)) continue;
      seen.add(entry.chatId);
      const lane = this.#lane(entry.chatId);
      if (lane.busy || lane.waiting || !this.#shelf.isWritten(entry)) continue;
      lane.busy = true;
      this.#sending++;
      void this.#send(entry, lane).finally(() => {
        lane.busy = false;
        this.#sending--;
        this.#tidy(entry.chatId, lane);
        this.pump();
      });
    }
  }

  /** A new connection has nothing to do with why the old one failed. */
  resumeAll(): void {
    for (const lane of this.#lanes.values()) {
      lane.cancelWait();
      lane.waiting = false;
    }
    this.pump();
  }

  async #send(entry: OutboxEntry, lane: Lane): Promise<void> {
    try {
      const acknowledged = await this.#out.send(entry);
      await this.#acknowledged(entry, acknowledged, !this.#shelf.wasFound(entry));
      lane.backoff.reset();
    } catch (error) {
      await this.#refused(entry, lane, error).catch((failure: unknown) => {
        this.#out.warning(`outbox: ${String(failure)}`);
        this.#wait(lane, 0);
      });
    }
  }

  async #acknowledged(entry: OutboxEntry, acknowledged: Acknowledged, asWritten: boolean): Promise<void> {
    await this.#shelf.acknowledged({ entry, ...acknowledged });
    this.#out.sent(entry, acknowledged, asWritten);
  }

  async #refused(entry: OutboxEntry, lane: Lane, error: unknown): Promise<void> {
    if (!(error instanceof ReplyError)) return this.#wait(lane, 0);
    if (error.retry) return this.#wait(lane, error.retryAfterMs);
    if (error.name === "NOT_SIGNED_IN" || error.name === "SESSION_INVALID") return this.#wait(lane, 0);
    if (error.name === "CLIENT_ID_EXPIRED") {
      const found = await this.#out.find(entry);
      if (found) return this.#acknowledged(entry, found, false);
    }
    const why: FailureReason = error.name;
    await this.#put([{ ...entry, state: { name: "failed", why } }]);
  }

  #wait(lane: Lane, atLeastMs: number): void {
    lane.waiting = true;
    lane.cancelWait = this.#clock.after(lane.backoff.next(atLeastMs), () => {
      lane.waiting = false;
      this.pump();
    });
  }

  async #put(entries: readonly OutboxEntry[]): Promise<void> {
    await this.#shelf.put(entries);
    // Another tab may have sent one as soon as it was written.
    for (const entry of entries) if (this.#shelf.get(entry.clientId)) this.#out.changed(entry, "here");
    this.pump();
  }

  #failed(clientId: ClientId): OutboxEntry | undefined {
    const entry = this.#shelf.get(clientId);
    return entry?.state.name === "failed" ? entry : undefined;
  }

  #lane(chatId: ChatId): Lane {
    const lane = this.#lanes.get(chatId) ?? new Lane(this.#random);
    this.#lanes.set(chatId, lane);
    return lane;
  }

  #tidy(chatId: ChatId, lane: Lane): void {
    if (!lane.waiting && this.#lanes.get(chatId) === lane) this.#lanes.delete(chatId);
  }
}

/** The sending of one chat. */
class Lane {
  readonly backoff: Backoff;
  busy = false;
  waiting = false;
  cancelWait: () => void = () => {};

  constructor(random: Random) {
    this.backoff = new Backoff(random);
  }
}
