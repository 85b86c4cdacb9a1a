import type { Bench } from "../bench.ts";
import { interleaved } from "../measure/rounds.ts";
import { measureWindow, type Window } from "../measure/window.ts";
import { paced } from "./paced.ts";
import type { System } from "./system.ts";
import type { Talker } from "./talker.ts";
import { Tally } from "./tally.ts";

/** Direct messages, durable before the acknowledgement, at a steady rate: P1 and P11 look at two sides of it. */
const PER_SECOND = 100;
/** Pairs of people that talk; each person has one connection. */
const PAIRS = 10;
export const PAIRED_PEOPLE = 2 * PAIRS;
const TEXT = "x".repeat(100);
const WITHIN_MS = 15_000;
/** Of each pair, before anything is measured: V8 compiles what a message runs through for good after some thousands. */
const WARM_UP_MESSAGES = 500;

interface Pairs {
  readonly system: System;
  readonly pairs: readonly Pair[];
}

interface Pair {
  readonly talker: Talker;
  readonly chatId: string;
  readonly arrivals: Arrivals;
}

export interface PairsRound extends Window {
  readonly messages: number;
  /** From each send to its acknowledgement. */
  readonly acksMs: readonly number[];
  /** From each send to the message at the other one. */
  readonly receiptsMs: readonly number[];
}

/** Each subject is a system in which pairs of people talk; results in the order of the systems. */
export async function talkInPairs(bench: Bench, systems: readonly System[]): Promise<PairsRound[][]> {
  const subjects: Pairs[] = [];
  for (const system of systems) {
    const subject = await meet(system);
    await Promise.all(subject.pairs.map(warmUp));
    subjects.push(subject);
  }
  const results = await interleaved(bench.effort.rounds, subjects, (pairs) => talk(bench, pairs));
  return [...results.values()];
}

/** When each message came. Those of one chat come in the order in which they were sent. */
class Arrivals extends Tally {
  private at: number[] = [];

  override add(received: number): void {
    const now = performance.now();
    for (let i = 0; i < received; i++) this.at.push(now);
    super.add(received);
  }

  take(): readonly number[] {
    const { at } = this;
    this.at = [];
    return at;
  }
}

async function meet(system: System): Promise<Pairs> {
  const pairs: Pair[] = [];
  for (let pair = 0; pair < PAIRS; pair++) {
    const [a, b] = [2 * pair, 2 * pair + 1];
    const arrivals = new Arrivals();
    const chatId = await system.direct(a, b);
    const talker = await system.connect({ person: a, how: "resumed", tally: new Tally() });
    const listener = await system.connect({ person: b, how: "resumed", tally: arrivals });
    await system.enter(talker, chatId);
    await system.enter(listener, chatId);
    pairs.push({ talker, chatId, arrivals });
  }
  return { system, pairs };
}

async function warmUp({ talker, chatId, arrivals }: Pair): Promise<void> {
  const heard = arrivals.startTo(WARM_UP_MESSAGES, WITHIN_MS);
  for (let message = 0; message < WARM_UP_MESSAGES; message += 1) await talker.send(chatId, TEXT);
  await heard;
  arrivals.take();
}

async function talk(bench: Bench, { system, pairs }: Pairs): Promise<PairsRound> {
  const messages = PER_SECOND * bench.effort.seconds;
  const sentAt = pairs.map((): number[] => []);
  let acksMs: readonly number[] = [];
  const window = await measureWindow(system.program.pid, bench.redis.pid, async () => {
    const delivered = pairs.map(({ arrivals }) =>
      arrivals.startTo(messages / pairs.length, bench.effort.seconds * 1000 + WITHIN_MS),
    );
    [acksMs] = await Promise.all([
      paced(PER_SECOND, messages, (index) => {
        const { talker, chatId } = pairs[index % pairs.length] as Pair;
        sentAt[index % pairs.length]?.push(performance.now());
        return talker.send(chatId, TEXT);
      }),
      ...delivered,
    ]);
  });
  const receiptsMs = pairs.flatMap(({ arrivals }, pair) =>
    arrivals.take().map((arrivedAt, index) => arrivedAt - (sentAt[pair]?.[index] ?? Number.NaN)),
  );
  return { ...window, messages, acksMs, receiptsMs };
}
