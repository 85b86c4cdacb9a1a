import type { Bench } from "../bench.ts";
import type { System } from "../load/system.ts";
import { Tally } from "../load/tally.ts";
import { costRows } from "../measure/costs.ts";
import { compare, interleaved } from "../measure/rounds.ts";
import { percentilesOf } from "../measure/spread.ts";
import { measureWindow, type Window } from "../measure/window.ts";

/** P13: a whole office comes at once from one address, signs in cold, and each says something to a colleague. */
const WITHIN_MS = 30_000;
const TEXT = "x".repeat(100);

interface Round extends Window {
  readonly signedInMs: number;
  /** From the start until each was signed in. */
  readonly waitsMs: readonly number[];
}

export async function crowd(bench: Bench): Promise<void> {
  const { crowd: people } = bench.effort;
  await bench.with<System>([bench.parley(), bench.reference()], async (...systems) => {
    const chats = new Map<System, string[]>();
    for (const system of systems) {
      const opened: string[] = [];
      for (let person = 0; person < people; person += 2) opened.push(await system.direct(person, person + 1));
      chats.set(system, opened);
    }
    const results = await interleaved(bench.effort.rounds, systems, (system) =>
      comeAndTalk(bench, system, chats.get(system) ?? [], people),
    );
    const [parley = [], reference = []] = results.values();
    const row = (what: string, value: (round: Round) => number) => ({
      id: "P13",
      what: `${people} people, one address, ${what}`,
      unit: "s",
      ...compare(parley, reference, "X25519+GCM", value),
      generatorBusy: Math.max(...[...parley, ...reference].map((round) => round.generatorBusy)),
      note: "registered before; argon2id runs on the clients' own devices, so its result is made before",
    });
    bench.report.add({
      ...row("connected, signed in cold and heard each other", (round) => round.wallMs / 1000),
      figure: { of: "value", bound: "atMost", limit: 7 },
    });
    bench.report.add({ ...row("of which connect and sign in", (round) => round.signedInMs / 1000), figure: null });
    const rows = costRows({
      id: "P13",
      what: `${people} people, one address`,
      operation: ["person", "people"],
      count: () => people,
      latency: { name: "signed in after", of: ({ waitsMs }) => percentilesOf(waitsMs) },
      own: parley,
      reference: { name: "X25519+GCM", rounds: reference },
    });
    for (const each of rows) bench.report.add(each);
  });
}

async function comeAndTalk(bench: Bench, system: System, chats: string[], people: number): Promise<Round> {
  const received = new Tally();
  let signedInMs = 0;
  const waitsMs: number[] = [];
  let leave = () => {};
  const window = await measureWindow(system.program.pid, bench.redis.pid, async () => {
    const startedAt = performance.now();
    const talkers = await Promise.all(
      Array.from({ length: people }, async (_, person) => {
        const talker = await system.connect({ person, how: "cold", tally: received });
        waitsMs.push(performance.now() - startedAt);
        await system.enter(talker, chatOf(person, chats));
        return talker;
      }),
    );
    signedInMs = performance.now() - startedAt;
    leave = () => {
      for (const talker of talkers) talker.close();
    };
    const heard = received.startTo(people, WITHIN_MS);
    await Promise.all([heard, ...talkers.map((talker, person) => talker.send(chatOf(person, chats), TEXT))]);
  });
  leave();
  return { ...window, signedInMs, waitsMs };
}

function chatOf(person: number, chats: readonly string[]): string {
  return chats[person >> 1] ?? "";
}
