import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { Bench } from "../bench.ts";
import { FLOODS, type FloodName } from "../floods/floods.ts";
import { paced } from "../load/paced.ts";
import type { Talker } from "../load/talker.ts";
import { Tally } from "../load/tally.ts";
import { residentBytes } from "../measure/memory.ts";
import { percentile, spreadOf } from "../measure/spread.ts";
import { measureWindow } from "../measure/window.ts";
import type { ParleySystem } from "../parley/system.ts";
import { Program } from "../process/program.ts";

/** People who talk in twos while somebody floods, and one more whose password is guessed at. */
const PAIRS = 5;
export const FLOOD_PEOPLE = 2 * PAIRS + 1;
const PER_SECOND = 50;
const TEXT = "x".repeat(100);
const WITHIN_MS = 60_000;
/** Of the flood, before anything is measured: it makes its accounts, and spends what it had saved up. */
const SETTLE_MS = 3_000;
const PROCESS = fileURLToPath(new URL("../floods/flood-process.js", import.meta.url));

interface Talk {
  /** Share of a core that the server used. */
  readonly busy: number;
  readonly acksMs: readonly number[];
  readonly residentMb: number;
}

interface Round {
  readonly quiet: Talk;
  readonly flooded: Talk;
  readonly outcomes: Readonly<Record<string, number>>;
}

/** What people feel of a flood that comes from one other address, beside the same minute without it. */
export async function flood(bench: Bench): Promise<void> {
  await bench.with([bench.parley()], async (system) => {
    const live = await meet(system);
    await talk(bench, system, live);
    for (const [index, name] of (Object.keys(FLOODS) as FloodName[]).entries()) {
      const rounds: Round[] = [];
      for (let round = 0; round < bench.effort.rounds; round += 1) {
        rounds.push(await flooded(bench, system, { name, live, from: `127.0.${index + 1}.${round + 1}` }));
      }
      add(bench, name, rounds);
    }
  });
}

function add(bench: Bench, name: FloodName, rounds: readonly Round[]): void {
  const total: Record<string, number> = {};
  for (const { outcomes } of rounds) {
    for (const [outcome, count] of Object.entries(outcomes)) total[outcome] = (total[outcome] ?? 0) + count;
  }
  const told = Object.entries(total).map(([outcome, count]) => `${count} ${outcome}`);
  const row = (what: string, unit: string, value: (talk: Talk) => number) => ({
    ...{ id: "flood", what: `${FLOODS[name].what}, ${what}`, unit, figure: null },
    parley: spreadOf(rounds.map((each) => value(each.flooded))),
    reference: {
      name: "without",
      value: spreadOf(rounds.map((each) => value(each.quiet))),
      ratio: spreadOf(rounds.map((each) => value(each.flooded) / value(each.quiet))),
    },
  });
  bench.report.add(row("others' ack p50", "ms", ({ acksMs }) => percentile(acksMs, 50)));
  bench.report.add({
    ...row("others' ack p99", "ms", ({ acksMs }) => percentile(acksMs, 99)),
    note: `${FLOODS[name].what}: ${told.join(", ")}`,
  });
  bench.report.add(row("the server's core", "%", ({ busy }) => 100 * busy));
  bench.report.add(row("resident", "MB", ({ residentMb }) => residentMb));
}

interface Live {
  readonly senders: readonly { readonly talker: Talker; readonly chatId: string }[];
  readonly received: Tally;
}

async function meet(system: ParleySystem): Promise<Live> {
  const received = new Tally();
  const senders: { talker: Talker; chatId: string }[] = [];
  for (let pair = 0; pair < PAIRS; pair += 1) {
    const [a, b] = [2 * pair, 2 * pair + 1];
    const chatId = await system.direct(a, b);
    senders.push({ talker: await system.connect({ person: a, how: "resumed", tally: new Tally() }), chatId });
    await system.connect({ person: b, how: "resumed", tally: received });
  }
  return { senders, received };
}

async function talk(bench: Bench, { program }: ParleySystem, { senders, received }: Live): Promise<Talk> {
  const messages = PER_SECOND * bench.effort.seconds;
  let acksMs: readonly number[] = [];
  const { server, wallMs } = await measureWindow(program.pid, bench.redis.pid, async () => {
    const delivered = received.startTo(messages, bench.effort.seconds * 1000 + WITHIN_MS);
    [acksMs] = await Promise.all([
      paced(PER_SECOND, messages, (index) => {
        const { talker, chatId } = senders[index % senders.length] as (typeof senders)[number];
        return talker.send(chatId, TEXT);
      }),
      delivered,
    ]);
  });
  return { acksMs, busy: server.totalNs / 1e6 / wallMs, residentMb: residentBytes(program.pid) / 1024 ** 2 };
}

async function flooded(
  bench: Bench,
  system: ParleySystem,
  { name, live, from }: { readonly name: FloodName; readonly live: Live; readonly from: string },
): Promise<Round> {
  const quiet = await talk(bench, system, live);
  const handle = bench.people[FLOOD_PEOPLE - 1]?.handle ?? "";
  const url = system.url.replace(/^ws(.*)\/ws$/, "http$1");
  const flooder = await Program.start({
    // The measured people share its core: it gives way to them.
    command: ["nice", "-n", "19", process.execPath, PROCESS, name, url, from, handle],
    ...{ core: bench.cores?.generator ?? null, ready: /flooding/, channel: true },
  });
  try {
    await wait(SETTLE_MS);
    const during = await talk(bench, system, live);
    const outcomes = (await flooder.ask("stop")) as Record<string, number>;
    return { quiet, flooded: during, outcomes };
  } finally {
    await flooder.stop();
  }
}
