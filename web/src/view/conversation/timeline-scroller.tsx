import type { ComponentProps } from "react";
import type { Chat } from "../../model/chat.ts";

export interface TimelineContext {
  readonly chat: Chat;
  readonly label: string;
  readonly onList: (list: HTMLElement | null) => void;
}

/** The element that scrolls is the log: one stop of the Tab key, arrows move among its messages. */
export function TimelineScroller({ context, ...rest }: ComponentProps<"div"> & { context: TimelineContext }) {
  return <div {...rest} role="log" aria-live="off" aria-label={context.label} data-region="messages" tabIndex={0} />;
}
