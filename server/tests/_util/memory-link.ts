import type { Clock } from "@parley/protocol";
import { type Kv, StoreUnavailable } from "../../src/store/kv.ts";

/** What happens to one command on its way. Times are in milliseconds. */
export interface Fate {
  /** Until it reaches the store; Infinity: it is lost. */
  readonly thereMs: number;
  /** From the store until the answer arrives; Infinity: it is lost. */
  readonly backMs: number;
}

export const PROMPT: Fate = { thereMs: 0, backMs: 0 };

/** The store as `onConnect` may use it. */
export type ConnectingKv = Pick<Kv, "instance" | "hashGetAll" | "hashSetNx">;

export interface LinkOptions {
  /** Of the node: answers reach it, and it gives up waiting, by this one. Commands travel by the store's. */
  readonly clock: Clock;
  /** Decides over each command. `name` is the method of Kv, `key` its first argument. */
  readonly fate: (name: string, key: string) => Fate;
  /** After this an answer that has not come makes the command unknown. */
  readonly timeoutMs: number;
}

const RECHECK_MS = 200;

/**
 * A node's connection to a store in memory. Like the real one it breaks when another primary takes over, takes no
 * command again before it was looked at who that is, and carries nothing from one connection to the next.
 */
export class MemoryLink {
  readonly #storeClock: Clock;
  readonly #options: LinkOptions;
  readonly #inFlight = new Set<() => void>();
  #waiting: (() => void)[] = [];
  #generation = 0;
  #open = true;
  #closed = false;

  constructor(storeClock: Clock, options: LinkOptions) {
    this.#storeClock = storeClock;
    this.#options = options;
  }

  /** Applies a command when it reaches the store, and tells the answer when that comes back in time. */
  send<T>(name: string, key: string, apply: () => T): Promise<T> {
    if (this.#closed) return Promise.reject(new StoreUnavailable("The store is closed"));
    if (this.#open) return this.direct(name, key, apply);
    return new Promise((resolve, reject) => {
      const cancel = this.#options.clock.after(this.#options.timeoutMs, () => {
        this.#waiting = this.#waiting.filter((one) => one !== go);
        reject(new StoreUnavailable("There is no connection to the store"));
      });
      const go = () => {
        cancel();
        resolve(this.direct(name, key, apply));
      };
      this.#waiting.push(go);
    });
  }

  /** Without waiting for the link to open. */
  direct<T>(name: string, key: string, apply: () => T): Promise<T> {
    const { clock, fate, timeoutMs } = this.#options;
    const { thereMs, backMs } = fate(name, key);
    // No timers where nothing is late, so that a test without faults needs no clock that moves.
    if (thereMs === 0 && backMs === 0) return new Promise((resolve) => resolve(apply()));
    const generation = this.#generation;
    return new Promise((resolve, reject) => {
      const settle = (end: () => void) => {
        cancelTimeout();
        this.#inFlight.delete(abandon);
        end();
      };
      const unknown = (why: string) => settle(() => reject(new StoreUnavailable(why)));
      const cancelTimeout = clock.after(timeoutMs, () => unknown("The store did not answer in time"));
      const abandon = () => unknown("The connection to the store broke");
      this.#inFlight.add(abandon);
      if (thereMs === Infinity) return;
      this.#storeClock.after(thereMs, () => {
        // Whoever took over since does not get what was sent to another.
        if (generation !== this.#generation) return;
        const outcome = attempt(apply);
        if (backMs === Infinity) return;
        clock.after(backMs, () => {
          if (generation !== this.#generation) return;
          settle(() => ("value" in outcome ? resolve(outcome.value) : reject(outcome.error)));
        });
      });
    });
  }

  /** For a sequence of commands of which none may reach another primary than the first one did. */
  bound<S extends object>(store: S): S {
    const generation = this.#generation;
    const assertSame = () => {
      if (generation !== this.#generation) throw new StoreUnavailable("The connection to the store broke meanwhile");
    };
    return new Proxy(store, {
      get: (target, name) => {
        const value = Reflect.get(target, name);
        if (typeof value !== "function") return value;
        return async (...args: unknown[]) => {
          assertSame();
          const answer = await value.apply(target, args);
          assertSame();
          return answer;
        };
      },
    });
  }

  /** Nothing in flight arrives any more. `verify` has to succeed before the link opens again. */
  lost(downMs: number, verify: () => Promise<void>): void {
    this.#generation += 1;
    this.#open = false;
    const generation = this.#generation;
    // The node notices when it runs.
    this.#options.clock.after(0, () => {
      for (const abandon of [...this.#inFlight]) abandon();
    });
    this.#options.clock.after(downMs, () => this.#reconnect(generation, verify));
  }

  close(): void {
    this.#closed = true;
  }

  #reconnect(generation: number, verify: () => Promise<void>): void {
    if (generation !== this.#generation || this.#closed) return;
    verify().then(
      () => {
        if (generation !== this.#generation || this.#closed) return;
        this.#open = true;
        const waiting = this.#waiting;
        this.#waiting = [];
        for (const go of waiting) go();
      },
      () => this.#options.clock.after(RECHECK_MS, () => this.#reconnect(generation, verify)),
    );
  }
}

function attempt<T>(apply: () => T): { value: T } | { error: unknown } {
  try {
    return { value: apply() };
  } catch (error) {
    return { error };
  }
}
