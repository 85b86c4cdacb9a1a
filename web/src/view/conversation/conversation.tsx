import { observer } from "mobx-react-lite";
import { t } from "../../i18n/t.ts";
import { JoinBar } from "../calls/join-bar.tsx";
import { WriteBar } from "../composer/write-bar.tsx";
import { SelectionBar } from "../messages/selection-bar.tsx";
import { EmptyState } from "../parts/empty-state.tsx";
import { PinBar } from "../pins/pin-bar.tsx";
import { useRoot } from "../root-context.ts";
import { ConversationHead } from "./conversation-head.tsx";
import { TimelineView } from "./timeline-view.tsx";
import { TypingLine } from "./typing-line.tsx";

/** The middle pane while a chat is chosen. */
export const Conversation = observer(function Conversation() {
  const { chat, chats, ui } = useRoot();
  if (chat === undefined) {
    return chats.loaded ? (
      <EmptyState title={t("chat.notFound")} hint={t("chat.notFoundHint")}>
        <button type="button" className="button button-quiet" onClick={() => ui.goHome()}>
          {t("chat.toChats")}
        </button>
      </EmptyState>
    ) : null;
  }
  return (
    <>
      <ConversationHead chat={chat} />
      <JoinBar chat={chat} />
      <PinBar chat={chat} />
      <TimelineView key={chat.chatId} chat={chat} />
      <TypingLine chat={chat} />
      {chat.selection.on ? <SelectionBar chat={chat} /> : <WriteBar key={`${chat.chatId} composer`} chat={chat} />}
    </>
  );
});
