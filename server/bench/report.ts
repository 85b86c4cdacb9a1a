import { type Figure, showNumber, showSpread, verdict } from "./figure.ts";
import type { Spread } from "./measure/spread.ts";

export interface Row {
  readonly id: string;
  readonly what: string;
  readonly unit: string;
  readonly parley: Spread;
  /** Null where nothing can be compared. */
  readonly reference: { readonly name: string; readonly value: Spread; readonly ratio: Spread } | null;
  /** Null: for information. */
  readonly figure: Figure | null;
  /** Share of its core that the generator used at most; near 1 the generator and not the server was the limit. */
  readonly generatorBusy?: number;
  /** Conditions that a reader has to know. */
  readonly note?: string;
  /** Why the guard does not hold it against what was recorded; absent: it does. */
  readonly unguarded?: string;
}

/** From here on, a rate measured says little about the server; its CPU per operation still does. */
export const GENERATOR_LIMIT = 0.85;

/** Prints each row as a line of JSON when it is there, and all of them as a table at the end. */
export class Report {
  readonly rows: Row[] = [];

  add(row: Row): void {
    this.rows.push(row);
    process.stdout.write(`${JSON.stringify({ ...row, verdict: verdict(row) })}\n`);
  }

  table(): string {
    const header = ["", "what", "unit", "Parley", "reference", "ratio", "figure", "", "generator"];
    const lines = this.rows.map((row) => [
      row.id,
      row.what,
      row.unit,
      showSpread(row.parley),
      row.reference === null ? "" : `${showSpread(row.reference.value)} ${row.reference.name}`,
      row.reference === null ? "" : showSpread(row.reference.ratio),
      showFigure(row.figure),
      verdict(row) ?? "",
      showBusy(row.generatorBusy),
    ]);
    const widths = header.map((cell, column) =>
      Math.max(cell.length, ...lines.map((line) => line[column]?.length ?? 0)),
    );
    const notes = [...new Set(this.rows.map((row) => row.note && `${row.id}: ${row.note}`).filter(Boolean))];
    return [header, ...lines]
      .map((line) => line.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  "))
      .concat(
        "",
        "Medians (lowest to highest of the rounds). The ratio is the median of the ratios of each round.",
        ...(notes as string[]),
      )
      .join("\n");
  }
}

function showFigure(figure: Figure | null): string {
  if (figure === null) return "";
  return `${figure.bound === "atMost" ? "<=" : ">="} ${showNumber(figure.limit)}${figure.of === "ratio" ? " x" : ""}`;
}

function showBusy(busy: number | undefined): string {
  if (busy === undefined) return "";
  return `${Math.round(busy * 100)} %${busy > GENERATOR_LIMIT ? " (the limit)" : ""}`;
}
