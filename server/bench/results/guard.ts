import type { Figure } from "../figure.ts";
import { showNumber, showSpread } from "../figure.ts";
import type { Spread } from "../measure/spread.ts";
import type { Row } from "../report.ts";
import type { RecordedRow } from "./recorded.ts";

/**
 * Ratios and not times: a ratio has both its values from one run, so a slower or busier machine moves both. Compared are the
 * ratio to the reference, or, without one, values that have no unit, like round trips.
 */

/** Of the width of what was recorded, in parts of its median: two medians of three rounds differ by less nearly always. */
const TOLERATED_SPREADS = 2;
/** Runs on a quiet machine differ by about this much when nothing has changed, however narrow each is in itself. */
const TOLERANCE_MIN = 0.15;
/** For what was measured once, so that nothing is known of its spread. */
const TOLERANCE_ONCE = 0.3;
/** Twice as bad is worse whatever the spread was. */
const TOLERANCE_MAX = 1;

export interface Finding {
  readonly key: string;
  /** 0.2: the ratio is a fifth worse. */
  readonly worseBy: number;
  readonly tolerated: number;
  readonly words: string;
}

export interface Comparison {
  readonly compared: number;
  readonly worse: readonly Finding[];
  /** Recorded, and not there any more: nothing guards it. */
  readonly missing: readonly string[];
  /** Measured, and not recorded. */
  readonly unrecorded: readonly string[];
}

export function compareWithRecorded(id: string, fresh: readonly Row[], recorded: readonly RecordedRow[]): Comparison {
  const before = new Map(recorded.filter(isGuarded).map((row) => [keyOf(id, row), row]));
  const now = new Map(fresh.filter(isGuarded).map((row) => [keyOf(id, row), row]));
  const findings = [...now].flatMap(([key, row]) => {
    const old = before.get(key);
    return old === undefined ? [] : [judge(key, row, old)];
  });
  return {
    compared: findings.length,
    worse: findings.filter(({ worseBy, tolerated }) => worseBy > tolerated),
    missing: [...before.keys()].filter((key) => !now.has(key)),
    unrecorded: [...now.keys()].filter((key) => !before.has(key)),
  };
}

/** How much worse a ratio may be than the one with this spread. */
export function tolerance({ median, low, high }: Spread): number {
  if (low === high) return TOLERANCE_ONCE;
  return Math.min(TOLERANCE_MAX, Math.max(TOLERANCE_MIN, (TOLERATED_SPREADS * (high - low)) / median));
}

type Guarded = Pick<RecordedRow, "what" | "unit" | "parley" | "reference" | "figure" | "unguarded">;

function isGuarded(row: Guarded): boolean {
  const spread = ratioOf(row);
  return row.unguarded === undefined && spread !== null && Number.isFinite(spread.median) && spread.median > 0;
}

function ratioOf({ unit, parley, reference }: Guarded): Spread | null {
  if (reference !== null) return reference.ratio;
  return unit === "" ? parley : null;
}

function judge(key: string, fresh: Guarded, recorded: Guarded): Finding {
  const [now, before] = [ratioOf(fresh) as Spread, ratioOf(recorded) as Spread];
  const factor = better(fresh) === "atMost" ? now.median / before.median : before.median / now.median;
  const [worseBy, tolerated] = [factor - 1, tolerance(before)];
  const times = fresh.reference === null ? "" : " times the reference";
  const words =
    `${key}: ${showSpread(now)}${times}, recorded ${showSpread(before)}: ` +
    `${showNumber(100 * worseBy)} % worse, ${showNumber(100 * tolerated)} % is tolerated`;
  return { key, worseBy, tolerated, words };
}

/** Rates want to be high; everything else that is measured is a cost. */
function better({ unit, figure }: Guarded): Figure["bound"] {
  return figure?.bound ?? (unit.endsWith("/s") ? "atLeast" : "atMost");
}

/** A workload may hold one thing beside two references. */
function keyOf(id: string, { what, reference }: Guarded): string {
  return `${id} ${what}${reference === null ? "" : ` (beside ${reference.name})`}`;
}
