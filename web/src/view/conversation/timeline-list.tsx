import { useCallback } from "react";
import type { ListProps } from "react-virtuoso";
import type { TimelineContext } from "./timeline-scroller.tsx";

/**
 * Holds the rows, and tells of its element: whoever watches it learns when rows grow. Virtuoso hides it until a fifth of a second
 * after it has scrolled to where it begins; one that begins at its end is kept there from its first frame on.
 */
export function TimelineList({ context: { onList, opensAtEnd }, ref, style, ...rest }: TimelineListProps) {
  const both = useCallback(
    (list: HTMLDivElement | null) => {
      if (typeof ref === "function") ref(list);
      else if (ref) ref.current = list;
      onList(list);
    },
    [ref, onList],
  );
  return <div {...rest} style={opensAtEnd ? { ...style, visibility: "visible" } : style} ref={both} />;
}

type TimelineListProps = ListProps & { readonly context: TimelineContext };
