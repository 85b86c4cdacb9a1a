import { useEffect, useRef, useState } from "react";
import type { Row } from "../../model/rows.ts";

/** The least height of a row, with what is around its text. */
const ROW_MIN_PX = 40;
/** What the head of the conversation and the composer take of the screen at least. */
const AROUND_PX = 100;
/** About as many as stand in one line of the widest bubble, and the height of such a line. */
const LINE_CHARS = 90;
const LINE_PX = 20;
/** More fill every screen. */
const LINES_MAX = 200;

export interface FirstRows {
  /** Those that the list is given. */
  readonly rows: readonly Row[];
  /** How many before them it is not given yet. */
  readonly hidden: number;
  /** So many it makes at once and without measuring; 0: it measures first, and goes to where it is to begin. */
  readonly count: number;
}

/**
 * A list that opens at its end begins with the screenful there, made without measuring and kept at the end by who keeps it
 * there: it is seen in its first frame. Virtuoso itself measures one row, waits four frames, goes to the end and makes the rows
 * there. Those before come after the first paint, as pages of history do. `life`: of the stretch; null while there is none.
 */
export function useFirstRows(
  rows: readonly Row[],
  { life, opensAtEnd }: { life: number | null; opensAtEnd: boolean },
): FirstRows {
  const beginning = useRef<{ life: number | null; firstKey: string | null; count: number }>(NOT_BEGUN);
  if (beginning.current.life !== life) {
    const at = opensAtEnd ? screenful(rows) : rows.length;
    beginning.current = { life, firstKey: rows[at]?.message.key ?? null, count: rows.length - at };
  }
  const [paintedLife, setPaintedLife] = useState<number | null>(null);
  useEffect(() => {
    if (life === null) return;
    let frame = requestAnimationFrame(() => {
      // The first frame of these rows is on its way; the next begins after it.
      frame = requestAnimationFrame(() => setPaintedLife(life));
    });
    return () => cancelAnimationFrame(frame);
  }, [life]);
  const { firstKey, count } = beginning.current;
  const hidden =
    count === 0 || paintedLife === life
      ? 0
      : Math.max(
          0,
          rows.findIndex(({ message }) => message.key === firstKey),
        );
  return { rows: hidden === 0 ? rows : rows.slice(hidden), hidden, count };
}

const NOT_BEGUN = { life: null, firstKey: null, count: 0 };

/** Where the rows begin that fill the screen; should it not be quite full, those that come after the first paint fill it. */
function screenful(rows: readonly Row[]): number {
  let height = 0;
  let at = rows.length;
  while (at > 0 && height < innerHeight - AROUND_PX) {
    at -= 1;
    height += leastHeight(rows[at]);
  }
  return at;
}

function leastHeight(row: Row | undefined): number {
  if (row?.message.kind !== "text") return ROW_MIN_PX;
  const { text } = row.message.body;
  return ROW_MIN_PX + Math.max(Math.floor(text.length / LINE_CHARS), text.split("\n", LINES_MAX).length - 1) * LINE_PX;
}
