import assert from "node:assert/strict";
import type { Clock, Random } from "@parley/protocol";
import { MemoryStore } from "../_util/memory-kv.ts";
import { type Fate, PROMPT } from "../_util/memory-link.ts";
import { SimulatedProcess, VirtualTime } from "../_util/virtual-time.ts";
import { Chance, Faults } from "./faults.ts";

/** A Tuesday in 2026: ids carry the time, and the inbox its months. */
export const BEGINNING_MS = Date.UTC(2026, 5, 30, 23, 58);

/** Nothing that a test waits for takes longer. */
const PATIENCE_MS = 30 * 60_000;

/** Everything that the simulated processes share. One seed makes one course of events. */
export class World {
  readonly time = new VirtualTime();
  readonly store = new MemoryStore(this.time);
  readonly chance: Chance;
  readonly faults: Faults;
  readonly secret = new Uint8Array(32).fill(3);
  /** Promises that were seen to be broken, in words. */
  readonly objections: string[] = [];
  readonly #revoked = new Map<string, number>();
  /** How often the store has lost its tail. */
  failovers = 0;
  #storeSlowUntil = 0;
  /** What people did, to see that a run proves something. */
  readonly deeds = new Map<string, number>();

  constructor(seed: number, only: ReadonlySet<string> | null = null) {
    this.chance = new Chance(seed);
    this.faults = new Faults(this.chance, () => this.time.now(), only);
  }

  done(deed: string): void {
    this.deeds.set(deed, (this.deeds.get(deed) ?? 0) + 1);
  }

  /** Device id -> when its owner was told that its session is revoked, unless a tail that was lost may have held that. */
  get revoked(): ReadonlyMap<string, number> {
    return this.#revoked;
  }

  /** Somebody asks for the end of a device's session. The answer is to be called when they are told of it. */
  revoking(deviceId: string): () => void {
    const { failovers } = this;
    return () => {
      // It was done before they were told: if a tail was lost in between, perhaps in that tail.
      if (failovers === this.failovers) this.#revoked.set(deviceId, this.time.now());
    };
  }

  object(unless: boolean, objection: () => string): void {
    if (!unless && this.objections.length < 10) this.objections.push(objection());
  }

  assertKept(): void {
    assert.deepEqual(this.objections, []);
  }

  slowStore(forMs: number): void {
    this.#storeSlowUntil = this.time.monotonic() + forMs;
  }

  /** All that the replica has not heard for `lagMs` is lost when it takes over. */
  failOver(lagMs: number, downMs: Random): void {
    const takeOver = this.store.breakReplication();
    const brokenAt = this.time.now();
    this.time.after(lagMs, () => {
      this.failovers += 1;
      // What ended a session may be lost with the tail: its owner has to end it again.
      for (const [deviceId, at] of this.#revoked) if (at >= brokenAt) this.#revoked.delete(deviceId);
      takeOver(`memory-${this.failovers + 1}`, () => between(downMs, 5, 1_500));
    });
  }

  /** Of one command to the store. `where` names the node. */
  commandFate(where: string): Fate {
    const { faults } = this;
    if (!faults.raging) return PROMPT;
    if (faults.strike("command lost", where)) return { thereMs: Number.POSITIVE_INFINITY, backMs: 0 };
    const way = this.chance.of(`way of commands, ${where}`);
    const slow = this.time.monotonic() < this.#storeSlowUntil;
    const thereMs = slow ? between(way, 50, 2_000) : between(way, 0, 2);
    if (faults.strike("answer lost", where)) return { thereMs, backMs: Number.POSITIVE_INFINITY };
    const late = faults.strike("command late", where);
    if (late) return { thereMs: between(late, 0, 5_000), backMs: between(late, 0, 500) };
    return { thereMs, backMs: between(way, 0, 2) };
  }

  /** The clock of one process, whose wall clock is a little off. */
  process(name: string): SimulatedLife {
    const process = new SimulatedProcess(this.time);
    const random = this.chance.anew(name);
    const offMs = between(random, -2_000, 2_000);
    const clock: Clock = {
      now: () => Math.floor(BEGINNING_MS + offMs + process.now()),
      monotonic: () => process.monotonic(),
      after: (delayMs, job) => process.after(delayMs, job),
    };
    return { name, process, clock, random };
  }

  /** Lets time pass until the promise is settled. */
  async until<T>(promise: Promise<T>): Promise<T> {
    let settled = false;
    const watched = promise.finally(() => {
      settled = true;
    });
    // Without this a rejection in the same turn would count as unhandled.
    watched.catch(() => {});
    for (const end = this.time.monotonic() + PATIENCE_MS; !settled; ) {
      assert(this.time.monotonic() < end, "something was never answered");
      await this.pass(10);
    }
    return watched;
  }

  pass(ms: number): Promise<void> {
    return this.time.run(this.time.monotonic() + ms);
  }
}

export interface SimulatedLife {
  readonly name: string;
  readonly process: SimulatedProcess;
  readonly clock: Clock;
  readonly random: Random;
}

export function between(random: Random, least: number, most: number): number {
  return least + random.fraction() * (most - least);
}

export function pick<T>(random: Random, choices: readonly T[]): T {
  const picked = choices[Math.floor(random.fraction() * choices.length)];
  if (picked === undefined) throw new Error("nothing to pick from");
  return picked;
}
