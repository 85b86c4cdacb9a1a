import { observer } from "mobx-react-lite";
import { t } from "../../i18n/t.ts";
import { SendingLines } from "../files/sending-lines.tsx";
import { ChatBegin } from "./chat-begin.tsx";
import type { TimelineContext } from "./timeline-scroller.tsx";

/** Above the first message: that more is on its way. */
export const TimelineHeader = observer(function TimelineHeader({ context: { chat } }: { context: TimelineContext }) {
  const { timeline } = chat;
  if (timeline.reachedStart) return null;
  return (
    <div className="timeline-edge">
      {timeline.loading === "older" && <span className="spinner" aria-hidden="true" />}
      {timeline.failed && (
        <button type="button" className="button button-text" onClick={() => void timeline.loadOlder()}>
          {t("common.retry")}
        </button>
      )}
    </div>
  );
});

export const TimelineFooter = observer(function TimelineFooter({ context: { chat } }: { context: TimelineContext }) {
  return (
    <>
      {chat.timeline.loading === "newer" && (
        <div className="timeline-edge">
          <span className="spinner" aria-hidden="true" />
        </div>
      )}
      {chat.timeline.atLatest && <SendingLines chat={chat} />}
    </>
  );
});

/** Nobody has said anything yet. */
export function TimelineEmpty({ context: { chat } }: { context: TimelineContext }) {
  return <ChatBegin chat={chat} />;
}
