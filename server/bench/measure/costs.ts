import type { Figure } from "../figure.ts";
import type { Row } from "../report.ts";
import { compare } from "./rounds.ts";
import { type Percentiles, spreadOf } from "./spread.ts";
import type { Window } from "./window.ts";

type Cost = "cpu" | "rate" | "p50" | "p99" | "resident";

export interface Costs<R extends Window> {
  readonly id: string;
  readonly what: string;
  /** What one is called, what many are, and how many of them a round had. */
  readonly operation: readonly [one: string, many: string];
  readonly count: (round: R) => number;
  /** What somebody waited for, and how long. */
  readonly latency?: { readonly name: string; readonly of: (round: R) => Percentiles };
  readonly own: readonly R[];
  readonly reference: { readonly name: string; readonly rounds: readonly R[] } | null;
  readonly figures?: Readonly<Partial<Record<Cost, Figure>>>;
  readonly note?: string;
}

/** What every workload tells: CPU of the server per operation, throughput, latencies, resident memory, each beside the reference. */
export function costRows<R extends Window>(costs: Costs<R>): Row[] {
  const {
    id,
    what,
    operation: [one, many],
    count,
    latency,
    own,
    reference,
    figures = {},
    note,
  } = costs;
  const generatorBusy = Math.max(...[...own, ...(reference?.rounds ?? [])].map((round) => round.generatorBusy));
  const row = (cost: Cost, name: string, unit: string, value: (round: R) => number): Row => ({
    id,
    what: `${what}, ${name}`,
    unit,
    ...(reference === null
      ? { parley: spreadOf(own.map(value)), reference }
      : compare(own, reference.rounds, reference.name, value)),
    figure: figures[cost] ?? null,
    generatorBusy,
    ...(note === undefined ? {} : { note }),
  });
  const waits =
    latency === undefined
      ? []
      : [
          row("p50", `${latency.name} p50`, "ms", (round) => latency.of(round).p50Ms),
          row("p99", `${latency.name} p99`, "ms", (round) => latency.of(round).p99Ms),
        ];
  return [
    row("cpu", `CPU per ${one}`, "µs", (round) => round.server.totalNs / 1_000 / count(round)),
    row("rate", `${many} a second`, "/s", (round) => (1_000 * count(round)) / round.wallMs),
    ...waits,
    row("resident", "resident", "MB", (round) => round.residentBytes / 1024 ** 2),
  ];
}
