import { useCallback } from "react";
import type { ListProps } from "react-virtuoso";
import type { TimelineContext } from "./timeline-scroller.tsx";

/** Holds the rows, and tells of its element: whoever watches it learns when rows grow. */
export function TimelineList({ context: { onList }, ref, ...rest }: TimelineListProps) {
  const both = useCallback(
    (list: HTMLDivElement | null) => {
      if (typeof ref === "function") ref(list);
      else if (ref) ref.current = list;
      onList(list);
    },
    [ref, onList],
  );
  return <div {...rest} ref={both} />;
}

type TimelineListProps = ListProps & { readonly context: TimelineContext };
