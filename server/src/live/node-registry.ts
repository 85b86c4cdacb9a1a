import type { Clock } from "@parley/protocol";
import { NODES } from "../store/keys.ts";
import type { Kv } from "../store/kv.ts";
import { compareLoad, type NodeStanding, readBeat, writeBeat } from "./node-standing.ts";

export const BEAT_MS = 3000;
/** A lease: nobody is sent to a node whose heartbeat did not move for so long, which is two beats and some time to write one. */
export const LEASE_MS = 8_000;
/** A node whose heartbeat did not move for so long is dead, and so are the devices that it had. */
const DEAD_MS = 15_000;
/** A node that was dead for so long never wakes again as the same one: what it wrote for itself may be removed. */
const FORGET_MS = 3600_000;

interface Seen {
  readonly beat: string;
  readonly standing: NodeStanding;
  /** When this node first saw that beat, by its own monotonic clock: those of others differ. */
  readonly at: number;
  /** A beat was seen to follow another, lately: what lies in the store may be of a node that is long dead. */
  readonly moved: boolean;
}

export interface RegistryParts {
  readonly store: Kv;
  readonly clock: Clock;
  readonly nodeId: string;
  readonly onDeath: () => void;
  /** Of this node, now. */
  readonly standing: () => Omit<NodeStanding, "draining">;
}

/** Lives of nodes, by their boot id, with a heartbeat each that says where the node is and how busy. */
export class NodeRegistry {
  readonly nodeId: string;
  readonly #parts: RegistryParts;
  readonly #store: Kv;
  readonly #clock: Clock;
  #seen = new Map<string, Seen>();
  /** Those that were alive at the last look. */
  #living: readonly string[] = [];
  #beats = 0;
  /** When this node last looked at the beats. */
  #lookedAt = Number.NEGATIVE_INFINITY;
  /** When the store last took a beat of this node: without that, others take it for dead. */
  #beatenAt = Number.NEGATIVE_INFINITY;
  /** How many were sent where since the beat that is known, which does not count them yet. */
  readonly #sent = new Map<string, number>();
  #draining = false;
  #stopTimer = () => {};
  #stopped = false;

  constructor(parts: RegistryParts) {
    this.#parts = parts;
    this.#store = parts.store;
    this.#clock = parts.clock;
    this.nodeId = parts.nodeId;
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

  /** Tells the others to send nobody here any more; after `BEAT_MS` all of them know. */
  async drain(): Promise<void> {
    this.#draining = true;
    await this.#beat();
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

  /** Is there another node that people can go to? */
  get hasFellows(): boolean {
    return [...this.#seen].some(([nodeId, seen]) => nodeId !== this.nodeId && this.#isServing(seen));
  }

  /** The address of the least loaded node that is certainly alive; null when there is none that has an address. */
  locate(): string | null {
    // This node as it is now, not as it told last.
    const own = { standing: this.#standing(), at: this.#beatenAt, moved: true };
    const [best] = [...new Map<string, Omit<Seen, "beat">>([...this.#seen, [this.nodeId, own]])]
      .filter(([, seen]) => this.#isServing(seen) && seen.standing.url !== null)
      .map(([nodeId, { standing }]) => ({ nodeId, standing, sent: this.#sent.get(nodeId) ?? 0 }))
      .sort(compareLoad);
    if (best === undefined) return null;
    this.#sent.set(best.nodeId, best.sent + 1);
    return best.standing.url;
  }

  #isServing({ standing, moved, at }: Omit<Seen, "beat">): boolean {
    return moved && !standing.draining && this.#clock.monotonic() - at < LEASE_MS;
  }

  #standing(): NodeStanding {
    return { ...this.#parts.standing(), draining: this.#draining };
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
    const began = this.#clock.monotonic();
    await this.#store.hashSet(NODES, this.nodeId, writeBeat(this.#beats, this.#standing(), this.#clock.now()));
    this.#beatenAt = began;
    const living = this.#living;
    await this.#look();
    if (living.some((nodeId) => !this.#living.includes(nodeId))) this.#parts.onDeath();
  }

  async #look(): Promise<void> {
    const beats = await this.#store.hashGetAll(NODES);
    const now = this.#clock.monotonic();
    // Who stood still so long sees what others wrote meanwhile, and not whether they live.
    const isAwake = now - this.#lookedAt < LEASE_MS;
    this.#lookedAt = now;
    const seen = new Map<string, Seen>();
    for (const [nodeId, beat] of Object.entries(beats)) {
      const before = this.#seen.get(nodeId);
      if (before?.beat === beat) seen.set(nodeId, before);
      else if (before === undefined) seen.set(nodeId, this.#newcomer(beat));
      else seen.set(nodeId, { beat, standing: readBeat(beat).standing, at: now, moved: isAwake });
    }
    for (const nodeId of this.#sent.keys()) if (seen.get(nodeId) !== this.#seen.get(nodeId)) this.#sent.delete(nodeId);
    this.#seen = seen;
    this.#living = [...seen.keys()].filter((nodeId) => this.#isBeating(nodeId));
    const forgotten = [...seen].filter(([, { at }]) => now - at > FORGET_MS).map(([nodeId]) => nodeId);
    if (forgotten.length > 0) await this.#store.hashDelete(NODES, ...forgotten);
  }

  /** A node that is new here: its beat is as old as it says, of which clocks that differ by seconds make no difference. */
  #newcomer(beat: string): Seen {
    const { standing, writtenAt } = readBeat(beat);
    const at = this.#clock.monotonic() - Math.max(0, this.#clock.now() - writtenAt);
    return { beat, standing, at, moved: false };
  }
}
