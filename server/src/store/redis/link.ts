import type { Clock } from "@parley/protocol";
import { Cluster, type Redis } from "ioredis";
import { metrics } from "../../metrics.ts";
import { COMMAND_TIMEOUT_MS } from "../append-once.ts";
import { StoreUnavailable } from "../kv.ts";
import { type Ask, Asked, AskedList, type Asker } from "./asked.ts";
import { type Client, primaries } from "./client.ts";
import { asStoreError } from "./errors.ts";
import { clusterSize, identityOf } from "./identity.ts";

/** Pika closes a connection that is idle for 60 s. */
const KEEPALIVE_MS = 25_000;
const RECHECK_MS = 200;
/** Commands that wait for a reconnect, about 1 KB each. */
const WAITING_MAX = 10_000;

/** Sends a command, or says why not. */
export type Send = <T>(command: (client: Client) => Promise<T>) => Promise<T>;

/** Both ways to the store: `ask` costs half of `send`, which is for what is more than one command with a name. */
export interface Line {
  readonly ask: Ask;
  readonly send: Send;
}

/** What was sent by `send`, in its place among the others. */
interface InFlight {
  readonly reject: (error: Error) => void;
  /** Below 0: it was given up. */
  place: number;
}

interface Waiter {
  send(): void;
  fail(error: Error): void;
}

/**
 * The connection to the primaries. It is open only after the identity of the primaries was looked at: whoever took
 * over from a lost primary may lack the tail of a log, which has to be known before anything is appended.
 */
export class Link implements Asker, Line {
  readonly #client: Client;
  readonly #clock: Clock;
  readonly #verify: (instance: string) => Promise<void>;
  readonly #waiting = new Set<Waiter>();
  /** No `Set`, for the reason of `AskedList`. */
  readonly #inFlight: InFlight[] = [];
  readonly #asked = new AskedList();
  #cancelWatch: (() => void) | null = null;
  /** Identity of the primaries, while the link is open. */
  #instance: string | null = null;
  /** Those that were looked at last. */
  #primaries: readonly Redis[] = [];
  #generation = 0;
  #checking = false;
  #closed = false;
  #corked = false;
  #cancelKeepalive: () => void = () => {};
  /** What went wrong last, for the operator. */
  #lastError: Error | null = null;

  /** `verify` is called with the identity of the primaries before the link opens; it uses `direct`. */
  constructor(client: Client, clock: Clock, verify: (instance: string) => Promise<void>) {
    this.#client = client;
    this.#clock = clock;
    this.#verify = verify;
    client.on("error", (error: Error) => {
      this.#lastError = error;
    });
    client.on("ready", () => void this.#check());
    client.on("close", () => this.#lost());
    if (client instanceof Cluster) this.#watchNodes(client);
    this.#scheduleKeepalive();
  }

  get instance(): string | null {
    return this.#instance;
  }

  /** Waits for the link to open, for as long as a command may take. */
  readonly send: Send = (command) =>
    this.#isOpen() ? this.#sendNow(command) : this.#onceOpen(() => this.#sendNow(command));

  readonly ask: Ask = (name, args, reply) =>
    this.#isOpen() ? this.#askNow(name, args, reply) : this.#onceOpen(() => this.#askNow(name, args, reply));

  /** Without waiting for the link to open. */
  readonly direct: Line = {
    ask: (name, args, reply) => this.#askNow(name, args, reply),
    send: (command) => this.#sendNow(command),
  };

  /** For a sequence of commands of which none may reach another primary than the first one did. */
  bound(): Line {
    const generation = this.#instance === null ? -1 : this.#generation;
    const assertSame = () => {
      if (generation !== this.#generation) throw new StoreUnavailable("The connection to Redis broke meanwhile");
    };
    const within = async <T>(command: () => Promise<T>): Promise<T> => {
      assertSame();
      const answer = await command();
      assertSame();
      return answer;
    };
    return {
      ask: (name, args, reply) => within(() => this.#askNow(name, args, reply)),
      send: (command) => within(() => this.#sendNow(command)),
    };
  }

  /** The command has its answer, or will have none. */
  settled(asked: Asked): void {
    if (!this.#asked.remove(asked)) return;
    metrics.storeWaiting.value -= 1;
    metrics.storeSeconds.add(asked.at, performance.now());
  }

  /** Resolves once commands are taken, or rejects after the time with what stands in the way. */
  async opened(timeoutMs: number): Promise<void> {
    const end = this.#clock.monotonic() + timeoutMs;
    while (this.#instance === null) {
      if (this.#clock.monotonic() >= end) throw this.#lastError ?? new Error("no answer");
      await new Promise<void>((resolve) => this.#clock.after(20, resolve));
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#cancelKeepalive();
    for (const waiter of this.#waiting) waiter.fail(new StoreUnavailable("The store is closed"));
    // QUIT is answered after everything that was sent before it.
    if (this.#instance !== null) await this.#client.quit().catch(() => {});
    this.#lost();
    this.#cancelWatch?.();
    this.#client.disconnect();
  }

  /** Whether commands are taken, as far as is known at this moment. */
  #isOpen(): boolean {
    if (this.#instance !== null && !this.#writable()) this.#lost();
    return this.#instance !== null && !this.#closed;
  }

  #onceOpen<T>(command: () => Promise<T>): Promise<T> {
    if (this.#closed) return Promise.reject(new StoreUnavailable("The store is closed"));
    if (this.#waiting.size >= WAITING_MAX) {
      return Promise.reject(new StoreUnavailable("Too many commands wait for the connection to Redis"));
    }
    return new Promise((resolve, reject) => {
      const leave = () => {
        cancel();
        this.#waiting.delete(waiter);
      };
      const waiter: Waiter = {
        send: () => {
          leave();
          resolve(command());
        },
        fail: (error) => {
          leave();
          reject(error);
        },
      };
      const cancel = this.#clock.after(COMMAND_TIMEOUT_MS, () =>
        waiter.fail(new StoreUnavailable("There is no connection to Redis")),
      );
      this.#waiting.add(waiter);
    });
  }

  #askNow<T>(name: string, args: readonly (string | number)[], reply?: "text" | "bytes"): Promise<T> {
    this.#cork();
    const asked = new Asked(this, name, args, reply === "bytes");
    this.#asked.add(asked);
    metrics.storeWaiting.value += 1;
    if (this.#cancelWatch === null) this.#watch(COMMAND_TIMEOUT_MS);
    return this.#client.sendCommand(asked) as Promise<T>;
  }

  #sendNow<T>(command: (client: Client) => Promise<T>): Promise<T> {
    this.#cork();
    return new Promise((resolve, reject) => {
      const inFlight: InFlight = { reject, place: this.#inFlight.length };
      this.#inFlight.push(inFlight);
      metrics.storeWaiting.value += 1;
      const askedAt = performance.now();
      const answered = () => {
        this.#landed(inFlight);
        metrics.storeWaiting.value -= 1;
        metrics.storeSeconds.add(askedAt, performance.now());
      };
      command(this.#client).then(
        (answer) => {
          answered();
          resolve(answer);
        },
        (error: unknown) => {
          answered();
          reject(asStoreError(error));
        },
      );
    });
  }

  /** One timer for all: commands are sent one after the other, and each may take as long as any other. */
  #watch(ms: number): void {
    this.#cancelWatch = this.#clock.after(ms, () => {
      this.#cancelWatch = null;
      for (let asked = this.#asked.oldest; asked !== null; asked = this.#asked.oldest) {
        const leftMs = asked.at + COMMAND_TIMEOUT_MS - performance.now();
        if (leftMs > 0) return this.#watch(leftMs);
        this.#fail(asked, new Error("Command timed out"));
      }
    });
  }

  #watchNodes(cluster: Cluster): void {
    cluster.on("+node", (node: Redis) => {
      if (node.options.readOnly) return;
      node.on("close", () => this.#lost());
      this.#lost();
    });
    cluster.on("-node", () => this.#lost());
    // A replica that was known before takes over without being new: its role changes, while its primary may live on.
    cluster.on("refresh", () => {
      const now = primaries(cluster);
      if (now.length !== this.#primaries.length || now.some((node) => !this.#primaries.includes(node))) this.#lost();
    });
  }

  #lost(): void {
    this.#generation++;
    this.#instance = null;
    if (!(this.#client instanceof Cluster)) this.#abandonInFlight();
    if (!this.#closed) void this.#check();
  }

  /** ioredis would leave them to their timeout when it reconnects before that. A cluster's node it does not reconnect. */
  #abandonInFlight(): void {
    for (const inFlight of this.#inFlight.splice(0)) {
      inFlight.place = -1;
      inFlight.reject(new StoreUnavailable("The connection to Redis broke"));
    }
    for (let asked = this.#asked.oldest; asked !== null; asked = this.#asked.oldest) {
      this.#fail(asked, new Error("The connection broke"));
    }
  }

  #landed(one: InFlight): void {
    if (one.place < 0) return;
    const last = this.#inFlight.pop();
    if (last === undefined || last === one) return;
    this.#inFlight[one.place] = last;
    last.place = one.place;
  }

  /** Whatever becomes of the client's own handling: it is not in the list afterwards. */
  #fail(asked: Asked, error: Error): void {
    asked.reject(error);
    this.settled(asked);
  }

  /** A link that has just broken is known before its event. The nodes of a cluster answer for themselves. */
  #writable(): boolean {
    return this.#client instanceof Cluster || (this.#client.status === "ready" && this.#client.stream.writable);
  }

  /** Looks at the primaries until they answer and are verified; then opens. */
  async #check(): Promise<void> {
    if (this.#checking) return;
    this.#checking = true;
    // Not before there is a connection; its event comes here again.
    while (!this.#closed && this.#instance === null && this.#client.status === "ready") {
      const generation = this.#generation;
      try {
        const instance = await this.#identify();
        await this.#verify(instance);
        if (generation === this.#generation && !this.#closed) this.#open(instance);
      } catch (error) {
        this.#lastError = error instanceof Error ? error : new Error(String(error));
        if (this.#client instanceof Cluster) this.#client.refreshSlotsCache();
        await new Promise<void>((resolve) => this.#clock.after(RECHECK_MS, resolve));
      }
    }
    this.#checking = false;
  }

  async #identify(): Promise<string> {
    const nodes = primaries(this.#client);
    this.#primaries = nodes;
    const identities = await Promise.all(nodes.map(identityOf));
    const [first] = nodes;
    if (first === undefined) throw new StoreUnavailable("No node of the Redis Cluster answers");
    if (this.#client instanceof Cluster && (await clusterSize(first)) !== nodes.length) {
      throw new StoreUnavailable("Not all parts of the Redis Cluster have a primary");
    }
    return identities.sort().join(" ");
  }

  #open(instance: string): void {
    this.#instance = instance;
    this.#lastError = null;
    // In the order of the calls, and before any later one.
    for (const waiter of this.#waiting) waiter.send();
  }

  /** Also finds out that a primary was demoted and promoted again behind an unbroken connection. */
  #scheduleKeepalive(): void {
    this.#cancelKeepalive = this.#clock.after(KEEPALIVE_MS, () => {
      const before = this.#instance;
      const look = before === null ? Promise.resolve(before) : this.#identify();
      void look
        .catch(() => null)
        .then((after) => {
          if (before !== null && this.#instance === before && after !== before) this.#lost();
          if (!this.#closed) this.#scheduleKeepalive();
        });
    });
  }

  /** What is sent in one turn of the event loop travels in one system call. */
  #cork(): void {
    if (this.#corked) return;
    this.#corked = true;
    const streams = primaries(this.#client).map((node) => node.stream);
    for (const stream of streams) stream?.cork();
    setImmediate(() => {
      this.#corked = false;
      for (const stream of streams) stream?.uncork();
    });
  }
}
