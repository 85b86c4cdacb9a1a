import { CONVERGED_WITHIN_MS, isPassed, type Trial } from "./trial.ts";

const HEADER = [
  "fault",
  "store",
  "acknowledged",
  "lost",
  "doubled",
  "misplaced",
  "slowest ack",
  "converged after",
  "",
  "what was noticed",
];

const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;

function cells(trial: Trial): string[] {
  const { name, fault, lacks, acknowledged, verdict, slowestMs, convergedMs, noticed, failure } = trial;
  if (lacks !== null) return [name, fault.store, "", "", "", "", "", "", "left out", lacks];
  const misplaced = verdict.misplaced.length + verdict.differing.length;
  const counts = [acknowledged, verdict.lost.length, verdict.doubled.length, misplaced].map(String);
  const times = [seconds(slowestMs), convergedMs === null ? "never" : seconds(convergedMs)];
  const words = failure ?? noticed ?? "the fault was not there";
  return [name, fault.store, ...counts, ...times, isPassed(trial) ? "passed" : "FAILED", words];
}

/** For a terminal. */
export function table(trials: readonly Trial[]): string {
  const lines = [HEADER, ...trials.map(cells)];
  const widths = HEADER.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  return lines
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

/** The first words of what went wrong, for whoever has to look into it. */
export function complaints(trials: readonly Trial[]): string[] {
  return trials.flatMap(({ name, verdict }) =>
    Object.entries(verdict).flatMap(([kind, found]: [string, readonly string[]]) =>
      found.length === 0 ? [] : [`${name}: ${kind} ${found.length}, such as: ${found.slice(0, 3).join("; ")}`],
    ),
  );
}

const INTRODUCTION = `# Faults for real

\`npm run faults\` starts whole servers with their stores, lets five people talk at clients of the project's own library, four of
whom write ten messages a second each, and breaks something under them. When that is over, everybody says one thing more; then all has to
converge: every acknowledged message is in the history once, in its place and in the order of writing, and everybody holds the same. A
fault passes with nothing lost, doubled or misplaced, ${CONVERGED_WITHIN_MS / 1000} s after its end at the latest, and if it can be shown that it was there; else
the command ends with 1. \`npm run faults -- disk-full store-hangs\` tries these two, \`--write FILE\` writes this page.
`;

const LEGEND = `
**Acknowledged** are all messages of the trial. **Misplaced**: at another place than acknowledged, out of the order of writing, with other words, or
not what somebody's client holds. **Slowest ack**: the longest that a message which was under way during the fault waited for its
acknowledgement, the fault included. **Converged after**: from the end of the fault to the moment in which everything is acknowledged, everybody has it, and the history was read and compared.
`;

const NOT_COVERED = `
## What is not covered

- The power of a machine: \`kill -9\` leaves what the kernel was given. [durability.md](durability.md) says what each setting promises then.
- The failover to a replica and a Redis Cluster: \`npm run test:long -- failover-sentinel\`, and the [simulation](../CONTRIBUTING.md#the-simulation).
- Other stores than redis-server and the embedded one, and object stores: files are not part of the talk.
- A disk that says that it has written and has not, or gives back other bytes.
- The kernel's own killer when the machine is out of memory: it is a \`kill -9\`.
- The clocks of the store and of the clients; only the server's jumps.
- Faults of several kinds at once, which is what the simulation is for.
`;

export function markdown(trials: readonly Trial[], where: string): string {
  const row = (line: readonly string[]) => `| ${line.join(" | ")} |`;
  const results = [HEADER, HEADER.map(() => "---"), ...trials.map(cells)].map(row).join("\n");
  const faults = trials.map(({ name, fault }) => row([`\`${name}\``, fault.what, fault.made])).join("\n");
  const made = `\n## The faults\n\n| | what | how it is made |\n|---|---|---|\n${faults}\n`;
  return `${INTRODUCTION}\n## A run\n\n${where}\n\n${results}\n${LEGEND}${made}${NOT_COVERED}`;
}
