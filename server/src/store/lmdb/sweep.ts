import type { Clock } from "@parley/protocol";
import type { Commits } from "./commits.ts";
import { type Environment, forgetDeadReaders } from "./environment.ts";
import { EXPIRY_BYTES, type Heads } from "./head.ts";

/** Expired keys are invisible at once; this is only how soon their space is used again. */
const INTERVAL_MS = 30_000;
/** Keys and entries freed in one transaction: about 1 ms, so that no send waits for it. */
const STEP = 200;
/** Steps of one round; what is left waits for the next one. */
const STEPS_PER_ROUND = 50;

/** Frees what expired keys and deleted collections hold. */
export class Sweep {
  readonly #env: Environment;
  readonly #heads: Heads;
  readonly #commits: Commits;
  readonly #clock: Clock;
  #cancel: () => void = () => {};
  #stopped = false;
  #round: Promise<void> = Promise.resolve();

  constructor(env: Environment, heads: Heads, commits: Commits, clock: Clock) {
    this.#env = env;
    this.#heads = heads;
    this.#commits = commits;
    this.#clock = clock;
    this.#schedule();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancel();
    await this.#round;
  }

  /** One bounded round. */
  async run(): Promise<void> {
    forgetDeadReaders(this.#env);
    for (let step = 0; step < STEPS_PER_ROUND && !this.#stopped; step++) {
      const freed = await this.#commits.write("", () => this.#expire(STEP) + this.#free(STEP));
      if (freed === 0) return;
    }
  }

  #schedule(): void {
    this.#cancel = this.#clock.after(INTERVAL_MS, () => {
      // A full disk fails the round; the next one tries again.
      this.#round = this.run().catch(() => {});
      void this.#round.then(() => {
        if (!this.#stopped) this.#schedule();
      });
    });
  }

  #expire(limit: number): number {
    const end = Buffer.allocUnsafe(EXPIRY_BYTES);
    end.writeBigUInt64BE(BigInt(Math.floor(this.#clock.now()) + 1));
    const due = [...this.#env.expiring.getKeys({ end, limit })];
    for (const at of due) {
      this.#heads.removeExpired(at.toString("utf8", EXPIRY_BYTES));
      this.#env.expiring.removeSync(at);
    }
    return due.length;
  }

  #free(limit: number): number {
    let freed = 0;
    for (const number of [...this.#env.garbage.getKeys({ limit })]) {
      const start = Buffer.from(number);
      const end = Buffer.allocUnsafe(8);
      end.writeBigUInt64BE(start.readBigUInt64BE() + 1n);
      const entries = [...this.#env.entries.getKeys({ start, end, limit: limit - freed })];
      for (const entry of entries) this.#env.entries.removeSync(entry);
      freed += entries.length;
      if (freed === limit) return freed;
      this.#env.garbage.removeSync(start);
      freed++;
    }
    return freed;
  }
}
