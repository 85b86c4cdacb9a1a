import { useCallback, useLayoutEffect, useRef } from "react";

/**
 * A function that is the same from drawing to drawing and does what the latest would do: parts that are given it need not be
 * drawn again. For what people do, not for drawing.
 */
export function useSteady<Args extends readonly unknown[], Answer>(
  run: (...args: Args) => Answer,
): (...args: Args) => Answer {
  const latest = useRef(run);
  useLayoutEffect(() => {
    latest.current = run;
  });
  return useCallback((...args: Args) => latest.current(...args), []);
}
