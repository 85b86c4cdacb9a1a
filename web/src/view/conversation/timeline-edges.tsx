import { observer } from "mobx-react-lite";
import { t } from "../../i18n/t.ts";
import { Avatar } from "../parts/avatar.tsx";
import type { TimelineContext } from "./timeline-scroller.tsx";

/** Above the first message: the beginning of the chat, or that more is on its way. */
export const TimelineHeader = observer(function TimelineHeader({ context: { chat } }: { context: TimelineContext }) {
  const { timeline } = chat;
  if (timeline.reachedStart) {
    return (
      <div className="chat-begin">
        <Avatar id={chat.peerId ?? chat.chatId} name={chat.title} group={chat.isGroup} />
        <p className="chat-begin-title">{chat.title}</p>
        <p>{chat.isGroup ? t("chat.beginGroup") : t("chat.beginDirect", { title: chat.title })}</p>
      </div>
    );
  }
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
  return chat.timeline.loading === "newer" ? (
    <div className="timeline-edge">
      <span className="spinner" aria-hidden="true" />
    </div>
  ) : null;
});
