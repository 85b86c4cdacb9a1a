import { useCallback, useEffect, useRef } from "react";

/** A row counts as seen when this much of it was on screen; a row taller than the screen when it fills half of it. */
const SEEN_RATIO = 0.6;

/**
 * Tells the newest seq whose row is in sight, and once more as seen while the page itself is looked at. The answer is a ref
 * for each row.
 */
export function useSeen(
  scroller: HTMLElement | null,
  onSight: (newest: number) => void,
  onSeen: (newest: number) => void,
) {
  const observer = useRef<IntersectionObserver | null>(null);
  const onScreen = useRef(new Map<Element, number>());
  const waiting = useRef(new Set<Element>());

  const tell = useCallback(() => {
    const newest = Math.max(0, ...onScreen.current.values());
    if (newest === 0) return;
    onSight(newest);
    if (document.visibilityState === "visible" && document.hasFocus()) onSeen(newest);
  }, [onSight, onSeen]);

  useEffect(() => {
    if (scroller === null) return;
    const seen = onScreen.current;
    const made = new IntersectionObserver(
      (entries) => {
        for (const entry of entries) {
          const half = entry.intersectionRect.height > (entry.rootBounds?.height ?? Number.POSITIVE_INFINITY) / 2;
          const seq = Number((entry.target as HTMLElement).dataset.rowSeq);
          if (entry.isIntersecting && (entry.intersectionRatio >= SEEN_RATIO || half)) seen.set(entry.target, seq);
          else seen.delete(entry.target);
        }
        tell();
      },
      { root: scroller, threshold: [0, 0.25, SEEN_RATIO, 1] },
    );
    observer.current = made;
    for (const row of waiting.current) made.observe(row);
    window.addEventListener("focus", tell);
    document.addEventListener("visibilitychange", tell);
    return () => {
      made.disconnect();
      seen.clear();
      observer.current = null;
      window.removeEventListener("focus", tell);
      document.removeEventListener("visibilitychange", tell);
    };
  }, [scroller, tell]);

  return useCallback((row: HTMLElement | null) => {
    if (row === null) return;
    waiting.current.add(row);
    observer.current?.observe(row);
    return () => {
      waiting.current.delete(row);
      onScreen.current.delete(row);
      observer.current?.unobserve(row);
    };
  }, []);
}
