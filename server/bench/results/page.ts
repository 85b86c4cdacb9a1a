import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Figure, judgedSpread, showNumber, showSpread, verdict } from "../figure.ts";
import { GENERATOR_LIMIT } from "../report.ts";
import { plot } from "./plot.ts";
import { byWorkload, type Entry, type RecordedRow, type Results } from "./recorded.ts";

const DOCS = fileURLToPath(new URL("../../../../docs/", import.meta.url));
const PAGE = join(DOCS, "benchmarks.md");
const PLOT = join(DOCS, "benchmarks", "figures.svg");

/** Those that performance.md has figures for. */
export const DEMANDED = ["P1", "P2", "P3", "P4", "P5", "P6", "P7", "P8", "P9", "P10", "P11", "P12", "P13"];

export interface Page {
  readonly text: string;
  readonly plot: string;
}

export function readPage(): Page {
  return { text: readFileSync(PAGE, "utf8"), plot: readFileSync(PLOT, "utf8") };
}

/** The page with everything in it that follows from the results. */
export function pageOf(text: string, results: Results): Page {
  return {
    text: text.replace(
      /<!-- results -->\n[\s\S]*?<!-- end -->/,
      () => `<!-- results -->\n${sections(results)}\n<!-- end -->`,
    ),
    plot: plot(results),
  };
}

export function writePage(results: Results): void {
  const page = pageOf(readFileSync(PAGE, "utf8"), results);
  writeFileSync(PAGE, page.text);
  writeFileSync(PLOT, page.plot);
}

function sections({ workloads }: Results): string {
  const entries = Object.entries(workloads).toSorted(([a], [b]) => byWorkload(a, b));
  const judged = entries.flatMap(([id, { rows }]) =>
    rows.filter(({ figure }) => figure !== null).map((row) => [id, row] as const),
  );
  return [
    "## Figures",
    "",
    "| | what | limit | measured | spread | |",
    "|---|---|---|---|---|---|",
    ...judged.map(([id, row]) => figureLine(id, row)),
    "",
    absent(new Set(entries.map(([id]) => id))),
    ...entries.flatMap(([id, entry]) => ["", ...workload(id, entry)]),
  ].join("\n");
}

function figureLine(id: string, row: RecordedRow): string {
  const { figure, unit, reference } = row;
  const spread = judgedSpread(row);
  if (figure === null || spread === undefined) throw new Error(`${id} ${row.what} has no value for its figure`);
  const of = figure.of === "ratio" ? ` x ${reference?.name}` : unit === "" ? "" : ` ${unit}`;
  const range = spread.low === spread.high ? "" : `${showNumber(spread.low)} to ${showNumber(spread.high)}`;
  return `| ${id} | ${row.what} | ${limit(figure)}${of} | ${showNumber(spread.median)} | ${range} | ${verdict(row)} |`;
}

function limit({ bound, limit: number }: Figure): string {
  return `${bound === "atMost" ? "at most" : "at least"} ${showNumber(number)}`;
}

function absent(there: ReadonlySet<string>): string {
  const missing = DEMANDED.filter((id) => !there.has(id) && !(id in NOT_BUILT));
  const unbuilt = Object.entries(NOT_BUILT).map(([id, why]) => `${id}: ${why}`);
  const words =
    missing.length === 0
      ? []
      : [`Not recorded yet: ${missing.join(", ")} (\`npm run bench -- ${missing.join(" ")} --record\`).`];
  return [...words, ...unbuilt].join(" ");
}

const NOT_BUILT: Readonly<Record<string, string>> = {
  P12: "searching messages is not built, so there is nothing to measure.",
};

function workload(id: string, { date, commit, machine, rounds, others, rows }: Entry): string[] {
  const { processor, cores, memoryGiB, node, redis } = machine;
  const notes = [...new Set(rows.flatMap(({ note }) => note ?? []))];
  return [
    `## ${id}`,
    "",
    `${date}, code of ${commit}, ${rounds} rounds, ${showNumber(100 * others)} % of the machine busy with something else; ${processor}, ${cores} cores, ${memoryGiB} GiB, Node ${node}, Redis ${redis}.`,
    "",
    "| what | Parley | beside | ratio | generator |",
    "|---|---|---|---|---|",
    ...rows.map(rowLine),
    ...notes.flatMap((note) => ["", `${note[0]?.toUpperCase()}${note.slice(1)}.`]),
  ];
}

function rowLine({ what, unit, parley, reference, generatorBusy }: RecordedRow): string {
  const beside = reference === null ? "" : `${showSpread(reference.value)} ${reference.name}`;
  const ratio = reference === null ? "" : showSpread(reference.ratio);
  return `| ${what} | ${showSpread(parley)}${unit === "" ? "" : ` ${unit}`} | ${beside} | ${ratio} | ${busyWords(generatorBusy)} |`;
}

function busyWords(busy: number | undefined): string {
  if (busy === undefined) return "";
  return `${Math.round(100 * busy)} %${busy > GENERATOR_LIMIT ? ", the limit" : ""}`;
}
