import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Static, Type } from "typebox";
import { Compile } from "typebox/schema";
import type { Row } from "../report.ts";

/** What was measured once and is kept: one entry a workload, one row a value. */
const ROOT = fileURLToPath(new URL("../../../../", import.meta.url));
const PATH = join(ROOT, "docs", "benchmarks", "results.json");

const closed = { additionalProperties: false } as const;
const Words = Type.String({ minLength: 1, maxLength: 600 });

const Spread = Type.Object({ median: Type.Number(), low: Type.Number(), high: Type.Number() }, closed);

const Figure = Type.Object(
  {
    of: Type.Union([Type.Literal("ratio"), Type.Literal("value")]),
    bound: Type.Union([Type.Literal("atMost"), Type.Literal("atLeast")]),
    limit: Type.Number({ exclusiveMinimum: 0 }),
  },
  closed,
);

const RecordedRow = Type.Object(
  {
    what: Words,
    unit: Type.String({ maxLength: 16 }),
    parley: Spread,
    reference: Type.Union([Type.Object({ name: Words, value: Spread, ratio: Spread }, closed), Type.Null()]),
    figure: Type.Union([Figure, Type.Null()]),
    generatorBusy: Type.Optional(Type.Number({ minimum: 0 })),
    note: Type.Optional(Words),
    unguarded: Type.Optional(Words),
  },
  closed,
);
export type RecordedRow = Static<typeof RecordedRow>;

const Machine = Type.Object(
  {
    processor: Words,
    cores: Type.Integer({ minimum: 1 }),
    memoryGiB: Type.Integer({ minimum: 1 }),
    node: Words,
    redis: Words,
  },
  closed,
);
export type Machine = Static<typeof Machine>;

const Entry = Type.Object(
  {
    date: Type.String({ pattern: "^\\d{4}-\\d{2}-\\d{2}$" }),
    /** The last one that changed what is measured: those after it did not. */
    commit: Type.String({ pattern: "^[0-9a-f]{12}$" }),
    machine: Machine,
    rounds: Type.Integer({ minimum: 1 }),
    /** Share of all cores that others used meanwhile, from 0 to 1. */
    others: Type.Number({ minimum: 0, maximum: 1 }),
    rows: Type.Array(RecordedRow, { minItems: 1, maxItems: 200 }),
  },
  closed,
);
export type Entry = Static<typeof Entry>;

const Results = Type.Object(
  { version: Type.Literal(1), workloads: Type.Record(Type.String({ pattern: "^[A-Za-z0-9]{1,20}$" }), Entry, closed) },
  closed,
);
export type Results = Static<typeof Results>;

export type Provenance = Omit<Entry, "rows">;

const validator = Compile(Results);

/** Throws with the place that is wrong. */
export function parseResults(text: string): Results {
  const parsed: unknown = JSON.parse(text);
  if (validator.Check(parsed)) return parsed;
  const [, [first]] = validator.Errors(parsed);
  throw new Error(`The recorded results do not match their schema at ${first?.instancePath || "/"}`);
}

/** A row on a line, so that a difference shows which value moved. */
export function formatResults({ version, workloads }: Results): string {
  const entries = Object.keys(workloads)
    .toSorted(byWorkload)
    .map((id) => {
      const { rows, ...about } = workloads[id] as Entry;
      const head = JSON.stringify(about).slice(1, -1);
      const lines = rows.map((row) => `      ${JSON.stringify(row)}`).join(",\n");
      return `    ${JSON.stringify(id)}: {\n      ${head},\n      "rows": [\n${lines}\n      ]\n    }`;
    });
  const body = entries.length === 0 ? "{}" : `{\n${entries.join(",\n")}\n  }`;
  return `{\n  "version": ${version},\n  "workloads": ${body}\n}\n`;
}

/** P2 before P10, and the ones without a number after those. */
export function byWorkload(a: string, b: string): number {
  return a.localeCompare(b, "en", { numeric: true });
}

/** `results` with what was measured of one workload in the place of what was there before, and what could not be kept. */
export function record(
  results: Results,
  id: string,
  rows: readonly Row[],
  provenance: Provenance,
): { readonly results: Results; readonly left: readonly string[] } {
  const kept = rows.filter(isNumeric);
  const left = rows.filter((row) => !isNumeric(row)).map(({ what }) => `${id} ${what}`);
  const entry: Entry = { ...provenance, others: digits(provenance.others), rows: kept.map(rounded) };
  return { results: { ...results, workloads: { ...results.workloads, [id]: entry } }, left };
}

export function readResults(): Results {
  return parseResults(readFileSync(PATH, "utf8"));
}

export function writeResults(results: Results): void {
  const text = formatResults(results);
  parseResults(text);
  writeFileSync(PATH, text);
}

function isNumeric({ parley, reference }: Row): boolean {
  const spreads = reference === null ? [parley] : [parley, reference.value, reference.ratio];
  return spreads.every(({ median, low, high }) => [median, low, high].every(Number.isFinite));
}

function rounded({ what, unit, parley, reference, figure, generatorBusy, note, unguarded }: Row): RecordedRow {
  return {
    what,
    unit,
    parley: short(parley),
    reference:
      reference === null
        ? null
        : { name: reference.name, value: short(reference.value), ratio: short(reference.ratio) },
    figure,
    ...(generatorBusy === undefined ? {} : { generatorBusy: digits(generatorBusy) }),
    ...(note === undefined ? {} : { note }),
    ...(unguarded === undefined ? {} : { unguarded }),
  };
}

function short({ median, low, high }: RecordedRow["parley"]): RecordedRow["parley"] {
  return { median: digits(median), low: digits(low), high: digits(high) };
}

/** More digits than four are noise of the machine. */
function digits(value: number): number {
  return Number(value.toPrecision(4));
}
