import { Redis } from "ioredis";
import { open } from "lmdb";
import { type Percentiles, percentilesOf } from "../measure/spread.ts";

/**
 * What the store alone does, the reference of P8: `node store-alone.js <redis url, or a folder for lmdb>`, then told over
 * the channel. Appends as long as a message's entry, each on the disk before it counts.
 */
export interface AppendJob {
  readonly seconds: number;
  /** That wait at the same time. */
  readonly inFlight: number;
  readonly chats: number;
}

export interface AppendDone {
  readonly appends: number;
}

/** The latencies of the last job are asked for when the CPU that they take no longer counts. */
export type Asked = AppendJob | "latencies";

type Append = (chat: number, entry: string) => Promise<unknown>;

/** As the reference's server writes it. */
const TEXT = "x".repeat(100);
const SENDER = "a".repeat(26);
const CLIENT_ID = "0".repeat(36);

const [, , place = ""] = process.argv;
const { append, end } = place.startsWith("redis:") ? inRedis(place) : inLmdb(place);

let latenciesMs: number[] = [];

process.on("message", async (asked: Asked) => {
  if (asked === "latencies") {
    const latencies: Percentiles = percentilesOf(latenciesMs);
    process.send?.(latencies);
    return;
  }
  const { seconds, inFlight, chats } = asked;
  latenciesMs = [];
  const until = performance.now() + seconds * 1_000;
  await Promise.all(
    Array.from({ length: inFlight }, async (_, lane) => {
      while (performance.now() < until) {
        const startedAt = performance.now();
        await append(lane % chats, entry());
        latenciesMs.push(performance.now() - startedAt);
      }
    }),
  );
  const done: AppendDone = { appends: latenciesMs.length };
  process.send?.(done);
});

function entry(): string {
  return JSON.stringify({
    sender: SENDER,
    clientId: CLIENT_ID,
    sentAt: Date.now(),
    kind: "text",
    body: { text: TEXT },
  });
}

function inRedis(url: string): { append: Append; end(): void } {
  const redis = new Redis(url, { protocol: 2 });
  return { append: (chat, text) => redis.rpush(`alone:${chat}`, text), end: () => redis.disconnect() };
}

function inLmdb(path: string): { append: Append; end(): void } {
  // As Parley opens it, but for its own grouping of commits: on the disk before the promise resolves.
  const store = open<string, [number, number]>({ path, encoding: "string", overlappingSync: false, noSubdir: false });
  const lengths = new Map<number, number>();
  return {
    append(chat, text) {
      const seq = (lengths.get(chat) ?? 0) + 1;
      lengths.set(chat, seq);
      return store.put([chat, seq], text);
    },
    end: () => void store.close(),
  };
}

process.once("SIGTERM", () => {
  end();
  process.disconnect();
});
process.stdout.write("ready\n");
