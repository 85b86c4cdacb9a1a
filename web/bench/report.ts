import { type Spread, spreadOf } from "./spread.ts";

export interface Figure {
  readonly what: string;
  readonly unit: string;
  /** One for each round. */
  readonly values: readonly number[];
  /** Null: for information. */
  readonly limit: number | null;
}

/** Prints each figure as a line of JSON when it is there, and all of them as a table at the end. */
export class Report {
  readonly #rows: string[][] = [["figure", "unit", "median", "lowest to highest", "limit", ""]];

  add({ what, unit, values, limit }: Figure): void {
    const spread = spreadOf(values);
    const met = limit === null ? "" : spread.median < limit ? "met" : "missed";
    process.stdout.write(`${JSON.stringify({ what, unit, ...spread, rounds: values.length, limit, met })}\n`);
    this.#rows.push([what, unit, number(spread.median), ends(spread), limit === null ? "" : `< ${limit}`, met]);
  }

  table(): string {
    const widths = (this.#rows[0] ?? []).map((_, column) =>
      Math.max(...this.#rows.map((row) => row[column]?.length ?? 0)),
    );
    return this.#rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ")).join("\n");
  }
}

function ends({ low, high }: Spread): string {
  return `${number(low)} to ${number(high)}`;
}

function number(value: number): string {
  return value.toFixed(value < 100 ? 1 : 0);
}
