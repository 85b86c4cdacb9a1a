import type { Clock } from "@parley/protocol";
import type { Log } from "../../log.ts";
import { DUE } from "../../store/keys.ts";
import type { Kv } from "../../store/kv.ts";

/**
 * Deeds for which a time was set, by kind. `what` is what `add` was given. Each may be done any number of times, by
 * several nodes at once and late, and throws when it has to be tried again.
 */
export type DueDeeds = Readonly<Record<string, (what: string) => Promise<void>>>;

/** Length of a term, and with it how late a deed may be. */
export const DUE_TERM_MS = 1000;
/** Deeds done together. */
const BATCH = 32;
/** A deed that failed makes way for others for so long. */
const RETRY_MS = 10_000;

/** Timed work: remembered in the store, done by the leader at its time, also after a crash in between. */
export class Due {
  readonly #store: Kv;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #deeds: DueDeeds;

  constructor(parts: { store: Kv; clock: Clock; log: Log; deeds: DueDeeds }) {
    this.#store = parts.store;
    this.#clock = parts.clock;
    this.#log = parts.log;
    this.#deeds = parts.deeds;
  }

  /** The name of a thing that is to be done at another time, too, has to differ: a deed that is done takes it away. */
  async add(kind: string, what: string, at: number): Promise<void> {
    await this.#store.sortedAdd(DUE, at, `${kind}:${what}`);
  }

  async remove(kind: string, what: string): Promise<void> {
    await this.#store.sortedRemove(DUE, `${kind}:${what}`);
  }

  async isAny(): Promise<boolean> {
    return (await this.#store.sortedRange(DUE, 0, this.#clock.now(), 1)).length > 0;
  }

  /** Does all of which the time has come. */
  async run(): Promise<void> {
    for (;;) {
      const names = await this.#store.sortedRange(DUE, 0, this.#clock.now(), BATCH);
      if (names.length === 0) return;
      const done = await Promise.all(names.map((name) => this.#do(name)));
      // With one command: what was done is done again if this is the last that anybody hears of it.
      await this.#store.sortedRemove(DUE, ...names.filter((_, i) => done[i]));
    }
  }

  /** False: it is to be tried again. */
  async #do(name: string): Promise<boolean> {
    const colon = name.indexOf(":");
    const [kind, what] = [name.slice(0, colon), name.slice(colon + 1)];
    try {
      const deed = this.#deeds[kind];
      if (deed === undefined) throw new Error("A timed deed of a kind that this version does not know");
      await deed(what);
    } catch (error) {
      this.#log.warn("a timed deed could not be done", { reason: kind, error });
      await this.#store.sortedAdd(DUE, this.#clock.now() + RETRY_MS, name);
      return false;
    }
    return true;
  }
}
