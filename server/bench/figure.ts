import type { Spread } from "./measure/spread.ts";

/** What performance.md asks of a row: of the ratio to the reference, or of Parley's own value. */
export interface Figure {
  readonly of: "ratio" | "value";
  readonly bound: "atMost" | "atLeast";
  readonly limit: number;
}

/** What a figure is held against. */
export interface Judged {
  readonly parley: Spread;
  readonly reference: { readonly ratio: Spread } | null;
  readonly figure: Figure | null;
}

export type Verdict = "met" | "within twice" | "missed";

/** Undefined where nothing is asked. */
export function verdict(row: Judged): Verdict | undefined {
  const { figure } = row;
  const value = judgedSpread(row)?.median;
  if (figure === null || value === undefined) return undefined;
  const excess = figure.bound === "atMost" ? value / figure.limit : figure.limit / value;
  if (excess <= 1) return "met";
  return excess <= 2 ? "within twice" : "missed";
}

/** The spread that the figure speaks of. */
export function judgedSpread({ parley, reference, figure }: Judged): Spread | undefined {
  return figure?.of === "ratio" ? reference?.ratio : parley;
}

export function showNumber(value: number): string {
  return value.toLocaleString("en", { maximumSignificantDigits: 3 });
}

export function showSpread({ median, low, high }: Spread): string {
  return low === high ? showNumber(median) : `${showNumber(median)} (${showNumber(low)} to ${showNumber(high)})`;
}
