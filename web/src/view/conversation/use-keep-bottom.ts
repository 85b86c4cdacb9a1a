import { useCallback, useEffect, useRef } from "react";

/** Closer to the end than this counts as being there. */
const NEAR_PX = 60;

/**
 * Keeps the end in sight while things change size: the composer grows, a keyboard or a banner opens, a row gets a second
 * line. Whether people are at the end is judged when they scroll, never when sizes change. To be called when rows have grown.
 */
export function useKeepBottom(scroller: HTMLElement | null): () => void {
  const atEnd = useRef(false);

  const keep = useCallback(() => {
    if (scroller !== null && atEnd.current) scroller.scrollTop = scroller.scrollHeight;
  }, [scroller]);

  useEffect(() => {
    if (scroller === null) return;
    const judge = () => {
      atEnd.current = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < NEAR_PX;
    };
    const resized = new ResizeObserver(keep);
    scroller.addEventListener("scroll", judge, { passive: true });
    resized.observe(scroller);
    return () => {
      scroller.removeEventListener("scroll", judge);
      resized.disconnect();
    };
  }, [scroller, keep]);

  return keep;
}
