import type { Clock } from "@parley/protocol";
import { NODES } from "../store/keys.ts";
import type { Kv } from "../store/kv.ts";

const BEAT_MS = 3000;
/** A node whose heartbeat did not move for so long is dead. */
const DEAD_MS = 15_000;
/** A node that was dead for so long never wakes again as the same one: what it wrote for itself may be removed. */
const FORGET_MS = 3600_000;

interface Seen {
  beat: string;
  /** When this node first saw that beat, by its own monotonic clock: those of others differ. */
  at: number;
}

/** Lives of nodes, by their boot id, with a heartbeat each. */
export class NodeRegistry {
  readonly nodeId: string;
  readonly #store: Kv;
  readonly #clock: Clock;
  readonly #onDeath: () => void;
  #seen = new Map<string, Seen>();
  /** Those that were alive at the last look. */
  #living: readonly string[] = [];
  #beats = 0;
  #stopTimer = () => {};
  #stopped = false;

  constructor(parts: { store: Kv; clock: Clock; nodeId: string; onDeath: () => void }) {
    this.#store = parts.store;
    this.#clock = parts.clock;
    this.nodeId = parts.nodeId;
    this.#onDeath = parts.onDeath;
  }

  async start(): Promise<void> {
    await this.#beat();
    this.#schedule();
  }

  /** From here on this node is dead to the others. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#stopTimer();
    await this.#store.hashDelete(NODES, this.nodeId);
  }

  async isAlive(nodeId: string): Promise<boolean> {
    if (nodeId === this.nodeId) return true;
    // Unknown so far: it may have been born since the last look.
    if (!this.#seen.has(nodeId)) await this.#look();
    return this.#isBeating(nodeId);
  }

  /** Neither alive nor expected back. */
  isForgotten(nodeId: string): boolean {
    return nodeId !== this.nodeId && !this.#seen.has(nodeId);
  }

  #isBeating(nodeId: string): boolean {
    const seen = this.#seen.get(nodeId);
    return seen !== undefined && this.#clock.monotonic() - seen.at < DEAD_MS;
  }

  #schedule(): void {
    if (this.#stopped) return;
    this.#stopTimer = this.#clock.after(BEAT_MS, () => {
      // A beat that fails is made good by the next; without a store nobody is served anyway.
      void this.#beat()
        .catch(() => {})
        .finally(() => this.#schedule());
    });
  }

  async #beat(): Promise<void> {
    this.#beats += 1;
    await this.#store.hashSet(NODES, this.nodeId, `${this.#beats} ${this.#clock.now()}`);
    const living = this.#living;
    await this.#look();
    if (living.some((nodeId) => !this.#living.includes(nodeId))) this.#onDeath();
  }

  async #look(): Promise<void> {
    const beats = await this.#store.hashGetAll(NODES);
    const now = this.#clock.monotonic();
    const seen = new Map<string, Seen>();
    for (const [nodeId, beat] of Object.entries(beats)) {
      const before = this.#seen.get(nodeId);
      seen.set(nodeId, before?.beat === beat ? before : { beat, at: before === undefined ? this.#ageOf(beat) : now });
    }
    this.#seen = seen;
    this.#living = [...seen.keys()].filter((nodeId) => this.#isBeating(nodeId));
    const forgotten = [...seen].filter(([, { at }]) => now - at > FORGET_MS).map(([nodeId]) => nodeId);
    if (forgotten.length > 0) await this.#store.hashDelete(NODES, ...forgotten);
  }

  /** Seen for the first time: how old the beat is by its own word, of which clocks that differ by seconds make no difference. */
  #ageOf(beat: string): number {
    const writtenAt = Number(beat.slice(beat.indexOf(" ") + 1));
    return this.#clock.monotonic() - Math.max(0, this.#clock.now() - writtenAt);
  }
}
