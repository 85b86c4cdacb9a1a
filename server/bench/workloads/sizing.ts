import { stat } from "node:fs/promises";
import { join } from "node:path";
import { Redis } from "ioredis";
import type { Bench } from "../bench.ts";
import { abreast } from "../load/paced.ts";
import type { Talker } from "../load/talker.ts";
import { Tally } from "../load/tally.ts";
import { spreadOf } from "../measure/spread.ts";
import type { Person } from "../parley/person.ts";
import { preparePeople } from "../parley/prepare.ts";
import { dataFolder, ParleySystem } from "../parley/system.ts";

/** What people and their messages take in the store, for docs/sizing.md. It starts from an empty one. */
const DATABASE = 2;
/** Characters, as in P1: a common length, of one byte each. */
const TEXT = "x".repeat(100);
const SENDERS_ABREAST = 8;

/** Sizes of one store at one moment, in bytes. */
interface Sizes {
  readonly memory: number;
  readonly disk: number;
}

interface Place {
  readonly name: string;
  readonly storeUrl: string;
  sizes(): Promise<Sizes>;
}

export async function sizing(bench: Bench): Promise<void> {
  const data = await dataFolder();
  const redis = new Redis(bench.redis.url(DATABASE));
  const number = async (section: string, field: string) =>
    Number(new RegExp(`^${field}:(\\d+)`, "m").exec(await redis.info(section))?.[1]);
  try {
    await fill(bench, data.path, {
      name: "Redis",
      storeUrl: bench.redis.url(DATABASE),
      sizes: async () => ({
        memory: await number("memory", "used_memory"),
        disk: await number("persistence", "aof_current_size"),
      }),
    });
    const { log, claims } = await byKind(redis);
    const messages = bench.effort.stored;
    add(bench, "a message in Redis, of that in its chat's log", log / messages);
    add(bench, "a message in Redis, of that as its sender's claim, for 30 days", claims / messages);
  } finally {
    await redis.flushdb();
    await redis.quit();
    await data.remove();
  }
  const embedded = await dataFolder();
  try {
    // The file grows by what is written, so its blocks are what it takes.
    const file = join(embedded.path, "store", "data.mdb");
    const onDisk = async () => (await stat(file)).blocks * 512;
    const sizes = async () => ({ memory: Number.NaN, disk: await onDisk() });
    await fill(bench, embedded.path, { name: "the embedded store", storeUrl: "", sizes });
  } finally {
    await embedded.remove();
  }
}

/** People, then a chat for each pair of them, then messages; what each took on the average. */
async function fill(bench: Bench, data: string, { name, storeUrl, sizes }: Place): Promise<void> {
  const { storedPeople: count, stored: messages } = bench.effort;
  // The first start makes what a server has once.
  const first = await ParleySystem.start({ storeUrl, data, people: [], core: null });
  await first.program.stop();
  const empty = await sizes();
  const people = await preparePeople({ storeUrl, data, people: count, cold: 0 });
  const peopled = await sizes();
  const system = await ParleySystem.start({ storeUrl, data, people, core: bench.cores?.server ?? null });
  try {
    const pairs = await abreast(inPairs(people), SENDERS_ABREAST, async ([a]) => ({
      talker: await system.connect({ person: a, how: "resumed", tally: new Tally() }),
      chatId: await system.direct(a, a + 1),
    }));
    const chatted = await sizes();
    await abreast(pairs, pairs.length, (pair) => send(pair, Math.ceil(messages / pairs.length)));
    const full = await sizes();
    const sent = Math.ceil(messages / pairs.length) * pairs.length;
    for (const of of ["memory", "disk"] as const) {
      if (Number.isNaN(empty[of])) continue;
      add(bench, `an account in ${name}, ${of}`, (peopled[of] - empty[of]) / count);
      add(bench, `a direct chat and a sign-in in ${name}, ${of}`, (chatted[of] - peopled[of]) / pairs.length);
      add(bench, `a message of 100 characters in ${name}, ${of}`, (full[of] - chatted[of]) / sent);
    }
  } finally {
    await system.program.stop();
  }
}

const inPairs = (people: readonly Person[]) =>
  Array.from({ length: Math.floor(people.length / 2) }, (_, pair) => [2 * pair] as const);

async function send({ talker, chatId }: { talker: Talker; chatId: string }, times: number): Promise<void> {
  for (let n = 0; n < times; n++) await talker.send(chatId, TEXT);
}

/** What the keys take that grow with each message. */
async function byKind(redis: Redis): Promise<{ log: number; claims: number }> {
  const sum = { log: 0, claims: 0 };
  for await (const keys of redis.scanStream({ match: "c:*", count: 1_000 }) as AsyncIterable<string[]>) {
    for (const key of keys) {
      const kind = /:m$/.test(key) ? "log" : /:d:\d+$/.test(key) ? "claims" : null;
      if (kind !== null) sum[kind] += Number(await redis.memory("USAGE", key, "SAMPLES", 0));
    }
  }
  return sum;
}

function add(bench: Bench, what: string, bytes: number): void {
  bench.report.add({ id: "sizing", what, unit: "bytes", parley: spreadOf([bytes]), reference: null, figure: null });
}
