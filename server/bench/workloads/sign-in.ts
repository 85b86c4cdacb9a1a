import type { Bench } from "../bench.ts";
import { abreast } from "../load/paced.ts";
import type { ConnectOptions, System } from "../load/system.ts";
import type { Talker } from "../load/talker.ts";
import { Tally } from "../load/tally.ts";
import { costRows } from "../measure/costs.ts";
import { compare, interleaved } from "../measure/rounds.ts";
import { percentilesOf } from "../measure/spread.ts";
import { measureWindow, type Window } from "../measure/window.ts";

/** P5: connect and sign in, as often as one core can. */
const ABREAST = 32;
const PER_SECOND = { resumed: 1_000, cold: 700 } as const;
/**
 * Rounds of which nothing is shown. V8 compiles what a sign-in runs through for good after some thousand of them: what a
 * server can do for long is measured then, and what it can do right after its start before.
 */
const WARM_UP_ROUNDS = 10;
const WHAT = { resumed: "sign-in by ticket", cold: "cold sign-in" } as const;

interface Round extends Window {
  readonly signIns: number;
  readonly latenciesMs: readonly number[];
}

export async function signIn(bench: Bench): Promise<void> {
  for (const how of ["resumed", "cold"] as const) {
    await bench.with<System>([bench.parley(), bench.reference()], async (...systems) => {
      const fresh = await measured(bench, systems, how);
      for (let round = 0; round < WARM_UP_ROUNDS; round += 1) {
        for (const system of systems) await arrive(bench, system, how);
      }
      const warm = await measured(bench, systems, how);
      const reference = how === "cold" ? "X25519+GCM" : "token+GCM";
      const note =
        "registration, the client's argon2id and its RSA key are made before; each round is from one address, with the default limits; " +
        `after ${(WARM_UP_ROUNDS + bench.effort.rounds + 2) * bench.effort.signIns} sign-ins, or right after the start`;
      const rows = costRows({
        id: "P5",
        what: WHAT[how],
        operation: ["sign-in", "sign-ins"],
        count: ({ signIns }) => signIns,
        latency: { name: "each", of: ({ latenciesMs }) => percentilesOf(latenciesMs) },
        own: warm.parley,
        reference: { name: reference, rounds: warm.reference },
        note,
      });
      for (const row of rows) bench.report.add(row);
      const aCore = ({ parley, reference: rounds }: Both) =>
        compare(parley, rounds, reference, (round) => (1e9 * round.signIns) / round.server.totalNs);
      bench.report.add({
        id: "P5",
        what: `${WHAT[how]}, a core's worth a second`,
        unit: "/s",
        ...aCore(warm),
        figure: { of: "value", bound: "atLeast", limit: PER_SECOND[how] },
        note,
      });
      bench.report.add({
        id: "P5",
        what: `${WHAT[how]}, a core's worth a second right after the start`,
        unit: "/s",
        ...aCore(fresh),
        figure: null,
        note,
      });
    });
  }
}

interface Both {
  readonly parley: readonly Round[];
  readonly reference: readonly Round[];
}

async function measured(bench: Bench, systems: readonly System[], how: ConnectOptions["how"]): Promise<Both> {
  const results = await interleaved(bench.effort.rounds, systems, (system) => arrive(bench, system, how));
  const [parley = [], reference = []] = results.values();
  return { parley, reference };
}

/** All of them, so that each has an address of its own. */
let roundsMade = 0;

async function arrive(bench: Bench, system: System, how: ConnectOptions["how"]): Promise<Round> {
  const { signIns } = bench.effort;
  // More of them in so short a time than one address may have.
  const from = `127.0.1.${(roundsMade++ % 254) + 1}`;
  let talkers: Talker[] = [];
  const latenciesMs: number[] = [];
  const people = Array.from({ length: signIns }, (_, person) => person);
  const window = await measureWindow(system.program.pid, bench.redis.pid, async () => {
    talkers = await abreast(people, ABREAST, async (person) => {
      const startedAt = performance.now();
      const talker = await system.connect({ person, how, tally: new Tally(), from });
      latenciesMs.push(performance.now() - startedAt);
      return talker;
    });
  });
  for (const talker of talkers) talker.close();
  return { ...window, signIns, latenciesMs };
}
