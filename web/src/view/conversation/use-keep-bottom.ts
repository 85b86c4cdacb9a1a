import { useCallback, useEffect, useRef } from "react";
import type { Timeline } from "../../model/timeline.ts";

/** Closer to the end than this counts as being there. */
const NEAR_PX = 60;

interface Opening {
  readonly opensAtEnd: boolean;
  /** What the list was told to show instead. */
  readonly target: object | null;
}

/** What may come before people scroll. The list itself moves, too, while it measures its rows: that is nobody's way. */
const GESTURES = ["wheel", "touchmove", "pointerdown", "keydown"] as const;

/**
 * Keeps the end in sight while things change size: messages come, the composer grows, a keyboard or a banner opens, a row
 * gets a second line. Nothing else moves the list there by itself: the list's own `followOutput` takes the first measuring
 * of its rows for growth, and then leaves the unread message at which it was opened.
 *
 * Whether people are at the end is judged when they scroll or the last row comes into sight, never when sizes change; a list
 * that opens at its end is there before its rows are measured. To be called when rows have come into sight.
 */
export function useKeepBottom(
  scroller: HTMLElement | null,
  list: HTMLElement | null,
  timeline: Timeline,
  { opensAtEnd, target }: Opening,
): (newest: number) => void {
  const atEnd = useRef(false);
  const opening = useRef(opensAtEnd);
  opening.current = opensAtEnd;
  const judge = useRef(() => {});

  useEffect(() => {
    if (scroller === null) return;
    let top = scroller.scrollTop;
    let gestured = false;
    atEnd.current = opening.current && timeline.atLatest;
    judge.current = () => {
      const { scrollTop, scrollHeight, clientHeight } = scroller;
      const near = scrollHeight - scrollTop - clientHeight < NEAR_PX;
      // What grew since the end was last kept is no way that anybody went: one leaves the end upwards.
      const stayed = atEnd.current && (scrollTop >= top || !gestured);
      if (near) gestured = false;
      // At the end of a stretch with more behind it the next page is to be read from its beginning.
      atEnd.current = timeline.atLatest && (near || stayed);
      top = scrollTop;
    };
    const tell = () => judge.current();
    const gesture = () => {
      gestured = true;
    };
    scroller.addEventListener("scroll", tell, { passive: true });
    for (const name of GESTURES) scroller.addEventListener(name, gesture, { passive: true });
    return () => {
      scroller.removeEventListener("scroll", tell);
      for (const name of GESTURES) scroller.removeEventListener(name, gesture);
      judge.current = () => {};
      atEnd.current = false;
    };
  }, [scroller, timeline]);

  useEffect(() => {
    if (target !== null) atEnd.current = false;
  }, [target]);

  useEffect(() => {
    if (scroller === null || list === null) return;
    const resized = new ResizeObserver(() => {
      if (atEnd.current) scroller.scrollTop = scroller.scrollHeight;
    });
    resized.observe(scroller);
    // Rows that are not made are padding.
    resized.observe(list, { box: "border-box" });
    return () => resized.disconnect();
  }, [scroller, list]);

  return useCallback(
    (newest) => {
      if (newest >= (timeline.shown.at(-1)?.seq ?? 0)) judge.current();
    },
    [timeline],
  );
}
