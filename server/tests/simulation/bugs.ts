import type { Clock, Random } from "@parley/protocol";
import type { BusMessage } from "../../src/bus/bus.ts";
import { appendOncePortably, type LogStore } from "../../src/store/append-once.ts";
import { type Append, type Kv, StoreUnavailable } from "../../src/store/kv.ts";

/**
 * Mistakes that somebody might make, put between a healthy server and its store, to see that the simulation would
 * notice. No product code knows of them.
 */
export const BUGS = {
  /** The driver pushes again when it hears nothing, as ioredis does unless told otherwise. */
  "push-answer-dropped": (kv, { clock }) => appending(kv, (store) => ({ store: pushingAgain(store), clock })),
  /** Now and then a notice is told and not written. */
  "inbox-write-skipped": (kv, { random }) => ({
    listPush: async (key, value) => {
      const skipped = INBOX.test(key) && random.fraction() < 0.1;
      return skipped ? (await kv.listLength(key)) + 1 : kv.listPush(key, value);
    },
  }),
  /** An entry is told when it is about to be stored. */
  "delivered-before-durable": (kv, { announce }) => ({
    appendOnce: async (append) => {
      const seq = (await kv.listLength(append.log)) + 1;
      announce({ kind: "entry", chatId: CHAT_OF_LOG.exec(append.log)?.[1] ?? "", seq, text: append.entry });
      return kv.appendOnce(append);
    },
  }),
  /** Buckets live for seconds in place of a month. */
  "dedupe-forgotten": (kv) => ({
    appendOnce: (append) => kv.appendOnce({ ...append, bucketTtlSeconds: 5 }),
  }),
  /** Who has won a claim and is too late to be sure counts as in time. */
  "late-unsettled": (kv, { clock }) => appending(kv, (store) => forgivingLateAnswers(store, clock)),
  /** A membership ends without a mark, so that between the entry and its fact nobody knows. */
  "removal-unmarked": (kv) => ({
    hashSetNx: async (key, field, value) => value.startsWith("0:leaving:") || kv.hashSetNx(key, field, value),
  }),
} satisfies Record<string, (kv: Kv, around: Around) => Partial<Kv>>;

export type Bug = keyof typeof BUGS;
export const BUG_NAMES = Object.keys(BUGS) as readonly Bug[];

interface Around {
  readonly clock: Clock;
  readonly random: Random;
  readonly announce: (message: BusMessage) => void;
}

const INBOX = /^u:\{\w+\}:in:/;
const CHAT_OF_LOG = /^c:\{(\w+)\}:m$/;

/** The store with this mistake in it. */
export function infect(kv: Kv, bug: Bug | null, around: Around): Kv {
  if (bug === null) return kv;
  // Messages take the way that has the mistake in it.
  const changed: Partial<Kv> = { appendIf: async () => null, ...BUGS[bug](kv, around) };
  return new Proxy(kv, {
    get: (target, name) => {
      const value = Reflect.get(changed, name) ?? Reflect.get(target, name);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

interface Portable {
  readonly store: LogStore;
  readonly clock: Clock;
}

/** The portable way of appending, each time over a log store or by a clock that is not what it should be. */
function appending(kv: Kv, spoil: (store: LogStore) => Portable): Partial<Kv> {
  const healthy: LogStore = {
    expire: (key, seconds) => kv.expire(key, seconds),
    hashGet: (key, field) => kv.hashGet(key, field),
    hashSet: (key, field, value) => kv.hashSet(key, field, value),
    hashSetNx: (key, field, value) => kv.hashSetNx(key, field, value),
    listLength: (key) => kv.listLength(key),
    listPush: (key, value) => kv.listPush(key, value),
    listRange: (key, from, to) => kv.listRange(key, from, to),
    listSet: (key, index, value) => kv.listSet(key, index, value),
  };
  return {
    appendOnce: (append: Append) => {
      const { store, clock } = spoil(healthy);
      return appendOncePortably(store, clock, append);
    },
  };
}

function pushingAgain(store: LogStore): LogStore {
  return {
    ...store,
    listPush: async (key, value) => {
      for (;;) {
        try {
          return await store.listPush(key, value);
        } catch (error) {
          if (!(error instanceof StoreUnavailable)) throw error;
        }
      }
    },
  };
}

/** For who has won the claim time stands still until the push is answered: neither before nor after it are they late. */
function forgivingLateAnswers(store: LogStore, clock: Clock): Portable {
  let won = false;
  const monotonic = () => (won ? Number.NEGATIVE_INFINITY : clock.monotonic());
  return {
    store: {
      ...store,
      hashSetNx: async (key, field, value) => {
        won = await store.hashSetNx(key, field, value);
        return won;
      },
      listPush: async (key, value) => {
        try {
          return await store.listPush(key, value);
        } catch (error) {
          // Unknown: the rest is done as by who has lost it.
          won = false;
          throw error;
        }
      },
    },
    clock: { now: () => clock.now(), monotonic, after: (delayMs, job) => clock.after(delayMs, job) },
  };
}
