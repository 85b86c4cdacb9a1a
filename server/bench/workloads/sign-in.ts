import type { Bench } from "../bench.ts";
import { abreast } from "../load/paced.ts";
import type { ConnectOptions, System } from "../load/system.ts";
import type { Talker } from "../load/talker.ts";
import { Tally } from "../load/tally.ts";
import { compare, interleaved } from "../measure/rounds.ts";
import { measureWindow, type Window } from "../measure/window.ts";

/** P5: connect and sign in, as often as one core can. */
const ABREAST = 32;
const PER_SECOND = { resumed: 1_000, cold: 700 } as const;
const WHAT = { resumed: "sign-in by ticket", cold: "cold sign-in" } as const;

interface Round extends Window {
  readonly signIns: number;
}

export async function signIn(bench: Bench): Promise<void> {
  for (const how of ["resumed", "cold"] as const) {
    await bench.with<System>([bench.parley(), bench.reference()], async (...systems) => {
      const results = await interleaved(bench.effort.rounds, systems, (system) => arrive(bench, system, how));
      const [parley = [], reference = []] = results.values();
      const row = (what: string, unit: string, value: (round: Round) => number) => ({
        id: "P5",
        what: `${WHAT[how]}, ${what}`,
        unit,
        ...compare(parley, reference, how === "cold" ? "X25519+GCM" : "token+GCM", value),
        generatorBusy: Math.max(...[...parley, ...reference].map((round) => round.generatorBusy)),
        note: "registration, the client's argon2id and its RSA key are made before; one address and the default limits",
      });
      const cpuUs = (round: Round) => round.server.totalNs / 1000 / round.signIns;
      bench.report.add({
        ...row("a core's worth per second", "1/s", (round) => 1e6 / cpuUs(round)),
        figure: { of: "value", bound: "atLeast", limit: PER_SECOND[how] },
      });
      bench.report.add({ ...row("CPU each", "µs", cpuUs), figure: null });
      bench.report.add({
        ...row("measured with this generator", "1/s", (round) => (1000 * round.signIns) / round.wallMs),
        figure: null,
      });
    });
  }
}

async function arrive(bench: Bench, system: System, how: ConnectOptions["how"]): Promise<Round> {
  const { signIns } = bench.effort;
  let talkers: Talker[] = [];
  const people = Array.from({ length: signIns }, (_, person) => person);
  const window = await measureWindow(system.program.pid, bench.redis.pid, async () => {
    talkers = await abreast(people, ABREAST, (person) => system.connect({ person, how, tally: new Tally() }));
  });
  for (const talker of talkers) talker.close();
  return { ...window, signIns };
}
