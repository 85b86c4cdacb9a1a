import type { Report } from "../report.ts";
import { chooseWorkloads, type Named } from "../workloads.ts";
import { type Comparison, compareWithRecorded } from "./guard.ts";
import { type Results, readResults } from "./recorded.ts";

/**
 * Measures, compares, and measures what seems worse once more: what the machine did to one run it seldom does to two.
 * Answers whether nothing got worse.
 */
export async function guard(
  names: readonly string[],
  measure: (workloads: readonly Named[]) => Promise<Report>,
  say: (text: string) => void,
): Promise<boolean> {
  const results = readResults();
  const chosen = names.length === 0 ? Object.keys(results.workloads) : names;
  const unknown = chosen.filter((name) => !(name in results.workloads));
  if (chosen.length === 0 || unknown.length > 0) {
    throw new Error(`Nothing is recorded of ${unknown.join(", ") || "any workload"}: --record does that first.`);
  }
  const first = compareAll(results, chosen, await measure(chooseWorkloads(chosen)));
  for (const key of first.flatMap(({ unrecorded }) => unrecorded)) say(`Not recorded, so not compared: ${key}`);
  const missing = first.flatMap((each) => each.missing);
  for (const key of missing) say(`Recorded, and not measured any more: ${key}`);
  const suspects = first.filter(({ worse }) => worse.length > 0);
  for (const { words } of suspects.flatMap(({ worse }) => worse)) say(words);
  const compared = first.reduce((sum, each) => sum + each.compared, 0);
  if (suspects.length === 0) {
    say(`${compared} ratios compared, none is worse.`);
    return missing.length === 0;
  }
  const again = suspects.map(({ id }) => id);
  say(`Once more: ${again.join(", ")}.`);
  const second = compareAll(results, again, await measure(chooseWorkloads(again)));
  const before = new Set(suspects.flatMap(({ worse }) => worse.map(({ key }) => key)));
  const worse = second.flatMap((each) => each.worse).filter(({ key }) => before.has(key));
  for (const { words } of worse) say(`Worse: ${words}`);
  say(`${compared} ratios compared, ${worse.length} worse in two runs.`);
  return worse.length === 0 && missing.length === 0;
}

function compareAll(
  { workloads }: Results,
  names: readonly string[],
  { rows }: Report,
): (Comparison & { readonly id: string })[] {
  return names.map((id) => ({
    id,
    ...compareWithRecorded(
      id,
      rows.filter((row) => row.id === id),
      workloads[id]?.rows ?? [],
    ),
  }));
}
