import type { Clock, Random } from "@parley/protocol";
import { type Fate, MemoryStore, PROMPT } from "../_util/memory-kv.ts";
import { SimulatedProcess, seededRandom, VirtualTime } from "../_util/virtual-time.ts";

/** How likely things go wrong while the world is faulty; each is asked for at every opportunity. */
export const CHANCES = {
  frameCutsLink: 0.01,
  frameIsLate: 0.1,
  commandIsLost: 0.003,
  answerIsLost: 0.003,
  commandIsLate: 0.03,
  busMessageIsLost: 0.1,
  busMessageIsTwice: 0.05,
} as const;

/** A Tuesday in 2026: ids carry the time, and the inbox its months. */
const BEGINNING_MS = Date.UTC(2026, 5, 30, 23, 58);

/** Everything that the simulated processes share. One seed makes one course of events. */
export class World {
  readonly time = new VirtualTime();
  readonly store = new MemoryStore(this.time);
  readonly random: Random;
  readonly secret = new Uint8Array(32).fill(3);
  faulty = false;
  /** How often each fault happened, to see that a run proves something. */
  readonly faults = new Map<string, number>();

  constructor(seed: number) {
    this.random = seededRandom(seed);
  }

  happens(fault: keyof typeof CHANCES): boolean {
    if (!this.faulty || this.random.fraction() >= CHANCES[fault]) return false;
    this.count(fault);
    return true;
  }

  count(fault: string): void {
    this.faults.set(fault, (this.faults.get(fault) ?? 0) + 1);
  }

  between(least: number, most: number): number {
    return least + this.random.fraction() * (most - least);
  }

  pick<T>(choices: readonly T[]): T {
    const picked = choices[Math.floor(this.random.fraction() * choices.length)];
    if (picked === undefined) throw new Error("nothing to pick from");
    return picked;
  }

  /** Of one command to the store. */
  readonly commandFate = (): Fate => {
    if (this.happens("commandIsLost")) return { thereMs: Number.POSITIVE_INFINITY, backMs: 0 };
    if (this.happens("answerIsLost")) return { thereMs: this.between(0, 20), backMs: Number.POSITIVE_INFINITY };
    if (this.happens("commandIsLate")) return { thereMs: this.between(0, 5_000), backMs: this.between(0, 500) };
    return this.faulty ? { thereMs: this.between(0, 2), backMs: this.between(0, 2) } : PROMPT;
  };

  /** The clock and the fate of one process; its wall clock is a little off. */
  process(): SimulatedLife {
    const process = new SimulatedProcess(this.time);
    const offMs = this.between(-2_000, 2_000);
    const clock: Clock = {
      now: () => Math.floor(BEGINNING_MS + offMs + process.now()),
      monotonic: () => process.monotonic(),
      after: (delayMs, job) => process.after(delayMs, job),
    };
    return { process, clock, random: seededRandom(Math.floor(this.random.fraction() * 2 ** 32)) };
  }

  /** What something small takes, while the world is faulty. */
  delay(clock: Clock): Promise<void> {
    return this.faulty ? new Promise((resolve) => clock.after(this.between(0, 2), resolve)) : Promise.resolve();
  }

  /** Lets time pass until the promise is settled. */
  async until<T>(promise: Promise<T>): Promise<T> {
    let settled = false;
    const watched = promise.finally(() => {
      settled = true;
    });
    // Without this a rejection in the same turn would count as unhandled.
    watched.catch(() => {});
    while (!settled) await this.pass(10);
    return watched;
  }

  pass(ms: number): Promise<void> {
    return this.time.run(this.time.monotonic() + ms);
  }
}

export interface SimulatedLife {
  readonly process: SimulatedProcess;
  readonly clock: Clock;
  readonly random: Random;
}
