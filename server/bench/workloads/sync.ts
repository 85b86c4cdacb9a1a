import type { Result } from "@parley/protocol";
import { type Bench, PARLEY_DATABASE } from "../bench.ts";
import { abreast, paced } from "../load/paced.ts";
import type { Talker } from "../load/talker.ts";
import { Tally } from "../load/tally.ts";
import { costRows } from "../measure/costs.ts";
import { compare } from "../measure/rounds.ts";
import { percentile, percentilesOf, spreadOf } from "../measure/spread.ts";
import { measureWindow, type Window } from "../measure/window.ts";
import { Onlooker } from "../process/onlooker.ts";
import { RoundTrips } from "../process/round-trips.ts";

/** P7: somebody with many chats comes back, and a few of the chats have moved. */
const CHATS = 500;
const MOVED = 20;
/** Syncs that run beside the light requests, and the connections that ask for them. */
const SYNCS_PER_SECOND = 40;
const SYNC_CONNECTIONS = 16;
const LIGHT_PER_SECOND = 100;
/** At once before it counts, as fast as the server goes. */
const WARM_UP_ABREAST = 4;
/** The number of who asks lightly, beyond the people who were prepared. */
const ONLOOKER = 90_000;
/** Chats made at once: below the requests a second of one connection. */
const MADE_ABREAST = 8;
/**
 * A p99 of 500 answers is five of them, and whatever holds the machine up for 50 ms meets five in a row: a round has phases
 * without and with syncs in turn, and its p99s are of all answers of a kind.
 */
const PHASES = 3;
/** Looks at the store's line in a quiet moment. */
const LOOKS = 7;

interface Absent {
  readonly pos: string;
  readonly heads: Readonly<Record<string, number>>;
  readonly tails: Readonly<Record<string, string>>;
}

interface Round extends Window {
  readonly syncsMs: readonly number[];
}

export async function sync(bench: Bench): Promise<void> {
  const absent = await prepare(bench);
  const syncs = SYNCS_PER_SECOND * bench.effort.seconds;
  await bench.with([bench.parley()], async (parley) => {
    if (parley === undefined) throw new Error("one server");
    const onlooker = await Onlooker.start(parley.url, ONLOOKER, bench.cores?.generator ?? null);
    try {
      const own = await parley.connect({ person: 0, how: "resumed", tally: new Tally() });
      const pulling = await abreast(Array.from({ length: SYNC_CONNECTIONS }), 1, () =>
        parley.connect({ person: 0, how: "cold", tally: new Tally() }),
      );
      const { chats, more } = await pull(own, absent);
      if (chats.length !== MOVED || more !== undefined) throw new Error(`${chats.length} chats in one page`);
      const light = (seconds: number): Promise<readonly number[]> =>
        onlooker.watch({ perSecond: LIGHT_PER_SECOND, count: LIGHT_PER_SECOND * seconds });
      // Each of these would be a machine of its own: it neither encodes its request nor parses the answer here.
      const asked = JSON.stringify(absent);
      const pullText = async (n: number): Promise<number> => {
        const startedAt = performance.now();
        await (pulling[n % SYNC_CONNECTIONS] as Talker).requestText("sync.pull", asked);
        return performance.now() - startedAt;
      };
      const { seconds, warmUpSeconds, warmUpSyncs } = bench.effort;
      await light(warmUpSeconds);
      await abreast(Array.from({ length: warmUpSyncs }), WARM_UP_ABREAST, (_, n) => pullText(n));
      const quiet: (readonly number[])[] = [];
      const busy: (readonly number[])[] = [];
      const windows: Round[] = [];
      for (let phase = 0; phase < PHASES * bench.effort.rounds; phase += 1) {
        quiet.push(await light(seconds));
        let syncsMs: readonly number[] = [];
        const window = await measureWindow(parley.program.pid, bench.redis.pid, async () => {
          const [lightMs, allMs] = await Promise.all([light(seconds), paced(SYNCS_PER_SECOND, syncs, pullText)]);
          busy.push(lightMs);
          syncsMs = allMs;
        });
        windows.push({ ...window, syncsMs });
      }
      const p99 = (ms: readonly number[]) => percentile(ms, 99);
      bench.report.add({
        id: "P7",
        what: `light requests' p99 while ${syncs} syncs of ${CHATS} chats run`,
        unit: "ms",
        ...compare(inRounds(busy), inRounds(quiet), "without", p99),
        figure: { of: "ratio", bound: "atMost", limit: 2 },
        note: `one request of the client, answered in one page; ${MOVED} chats moved; warm, after ${warmUpSyncs} syncs; each round has ${PHASES} phases of ${seconds} s without and as many with syncs, in turn; who asks lightly is a process of its own${onlooker.comesFirst ? " that comes before others on its core" : ""}`,
      });
      bench.report.add({
        id: "P7",
        what: "the same of all rounds together",
        unit: "ms",
        ...compare([busy.flat()], [quiet.flat()], "without", p99),
        figure: null,
        note: "moves less than the median of the rounds, and counts the worst of them",
      });
      bench.report.add({
        id: "P7",
        what: "the same of each phase by itself",
        unit: "ms",
        ...compare(busy, quiet, "without", p99),
        figure: null,
        note: `of the ${(LIGHT_PER_SECOND * seconds) / 100} slowest answers the quickest, so one moment in which the machine does something else is a p99`,
      });
      const rows = costRows({
        id: "P7",
        what: `${syncs} syncs of ${CHATS} chats`,
        operation: ["sync", "syncs"],
        count: ({ syncsMs }) => syncsMs.length,
        latency: { name: "each", of: ({ syncsMs }) => percentilesOf(syncsMs) },
        own: windows,
        reference: null,
        note: `the CPU is with that of ${LIGHT_PER_SECOND} light requests a second; nothing else knows such a sync, so there is no reference`,
      });
      for (const row of rows) bench.report.add(row);
    } finally {
      await onlooker.stop();
    }
  });
  await countTrips(bench, absent);
}

/** The phases of a round together. */
function inRounds(phases: readonly (readonly number[])[]): readonly (readonly number[])[] {
  const rounds = Array.from({ length: phases.length / PHASES }, (_, round) => round * PHASES);
  return rounds.map((from) => phases.slice(from, from + PHASES).flat());
}

/** The client's one request, and what it takes of the store. */
async function countTrips(bench: Bench, absent: Absent): Promise<void> {
  const trips = await RoundTrips.open(bench.redis.port);
  try {
    const storeUrl = `redis://127.0.0.1:${trips.port}/${PARLEY_DATABASE}`;
    await bench.with([bench.parley([], storeUrl)], async (parley) => {
      if (parley === undefined) throw new Error("one server");
      const own = await parley.connect({ person: 0, how: "resumed", tally: new Tally() });
      const counts: number[] = [];
      const took: number[] = [];
      await pull(own, absent);
      for (let look = 0; look < LOOKS; look += 1) {
        trips.take();
        const startedAt = performance.now();
        await pull(own, absent);
        took.push(performance.now() - startedAt);
        counts.push(trips.take());
      }
      const row = { id: "P7", reference: null };
      bench.report.add({
        ...row,
        what: `round trips to the store for one sync of ${CHATS} chats`,
        unit: "",
        parley: spreadOf(counts),
        figure: { of: "value", bound: "atMost", limit: 3 },
        note: "the looks of the node itself, each second, are counted where they fall into a sync",
      });
      bench.report.add({ ...row, what: "such a sync, alone", unit: "ms", parley: spreadOf(took), figure: null });
    });
  } finally {
    trips.close();
  }
}

async function prepare(bench: Bench): Promise<Absent> {
  let absent: Absent = { pos: "", heads: {}, tails: {} };
  await bench.with([bench.parley()], async (parley) => {
    if (parley === undefined) throw new Error("one server");
    const [own, other] = [
      await parley.connect({ person: 0, how: "resumed", tally: new Tally() }),
      await parley.connect({ person: 1, how: "resumed", tally: new Tally() }),
    ];
    const { userId } = await other.request<Result<"account.get">>("account.get", {});
    const chatIds = await abreast(Array.from({ length: CHATS }), MADE_ABREAST, async (_, n) => {
      const group = { name: `Group ${n}`, members: n < MOVED ? [userId] : [] };
      return (await own.request<Result<"chat.createGroup">>("chat.createGroup", group)).chat.chatId;
    });
    const heads = new Map<string, number>();
    const tails = new Map<string, string>();
    let page = await own.request<Result<"sync.pull">>("sync.pull", { newest: 1 });
    const { pos } = page;
    for (;;) {
      for (const { chat, head, messages } of page.chats) {
        heads.set(chat.chatId, head);
        const newest = messages.at(-1);
        if (newest !== undefined && newest.kind !== "void") tails.set(chat.chatId, newest.clientId);
      }
      if (page.more === undefined) break;
      page = await own.request<Result<"sync.pull">>("sync.pull", { newest: 1, after: page.more });
    }
    for (const chatId of chatIds.slice(0, MOVED)) {
      for (let n = 0; n < 5; n += 1) await other.send(chatId, "x".repeat(100));
    }
    absent = { pos, heads: Object.fromEntries(heads), tails: Object.fromEntries(tails) };
  });
  return absent;
}

function pull(talker: Talker, absent: Absent): Promise<Result<"sync.pull">> {
  return talker.request("sync.pull", absent);
}
