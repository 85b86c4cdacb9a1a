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
const WHAT = { resumed: "sign-in by ticket", cold: "cold sign-in" } as const;

interface Round extends Window {
  readonly signIns: number;
  readonly latenciesMs: readonly number[];
}

export async function signIn(bench: Bench): Promise<void> {
  for (const how of ["resumed", "cold"] as const) {
    await bench.with<System>([bench.parley(), bench.reference()], async (...systems) => {
      const results = await interleaved(bench.effort.rounds, systems, (system) => arrive(bench, system, how));
      const [own = [], rounds = []] = results.values();
      const reference = { name: how === "cold" ? "X25519+GCM" : "token+GCM", rounds };
      const note =
        "registration, the client's argon2id and its RSA key are made before; one address and the default limits";
      const rows = costRows({
        id: "P5",
        what: WHAT[how],
        operation: ["sign-in", "sign-ins"],
        count: ({ signIns }) => signIns,
        latency: { name: "each", of: ({ latenciesMs }) => percentilesOf(latenciesMs) },
        own,
        reference,
        note,
      });
      for (const row of rows) bench.report.add(row);
      bench.report.add({
        id: "P5",
        what: `${WHAT[how]}, a core's worth a second`,
        unit: "/s",
        ...compare(own, rounds, reference.name, (round) => (1e9 * round.signIns) / round.server.totalNs),
        figure: { of: "value", bound: "atLeast", limit: PER_SECOND[how] },
        note,
      });
    });
  }
}

async function arrive(bench: Bench, system: System, how: ConnectOptions["how"]): Promise<Round> {
  const { signIns } = bench.effort;
  let talkers: Talker[] = [];
  const latenciesMs: number[] = [];
  const people = Array.from({ length: signIns }, (_, person) => person);
  const window = await measureWindow(system.program.pid, bench.redis.pid, async () => {
    talkers = await abreast(people, ABREAST, async (person) => {
      const startedAt = performance.now();
      const talker = await system.connect({ person, how, tally: new Tally() });
      latenciesMs.push(performance.now() - startedAt);
      return talker;
    });
  });
  for (const talker of talkers) talker.close();
  return { ...window, signIns, latenciesMs };
}
