import { ArrowLeft, PanelRight } from "lucide-react";
import { observer } from "mobx-react-lite";
import { t } from "../../i18n/t.ts";
import type { Chat } from "../../model/chat.ts";
import { CallButtons } from "../calls/call-buttons.tsx";
import { Avatar } from "../parts/avatar.tsx";
import { IconButton } from "../parts/icon-button.tsx";
import { presenceText } from "../people/presence-text.ts";
import { useRoot } from "../root-context.ts";
import { useNow } from "../use-now.ts";
import { useTypingText } from "./typing-line.tsx";

export const ConversationHead = observer(function ConversationHead({ chat }: { chat: Chat }) {
  const { ui, people } = useRoot();
  const presence = chat.peerId === undefined ? undefined : people.presence(chat.peerId)?.state;
  const asking = chat.door.requests.length;
  const details = ui.detailsOpen ? t("chat.closeDetails") : t("chat.openDetails");
  const detailsLabel = asking === 0 ? details : t("door.asking", { details, count: asking });
  return (
    <header className="bar conversation-head">
      <IconButton icon={ArrowLeft} label={t("common.back")} className="only-narrow" onClick={() => ui.goHome()} />
      <button type="button" className="conversation-who" onClick={() => ui.toggleDetails()}>
        <Avatar
          id={chat.peerId ?? chat.chatId}
          name={chat.title}
          group={chat.isGroup}
          online={presence === "online"}
          away={presence === "away"}
        />
        <span className="person-row-text">
          <span className="conversation-title">{chat.title}</span>
          <Status chat={chat} />
        </span>
      </button>
      <CallButtons chat={chat} />
      <span className="badged">
        <IconButton
          icon={PanelRight}
          label={detailsLabel}
          aria-pressed={ui.detailsOpen}
          onClick={() => ui.toggleDetails()}
        />
        {asking > 0 && (
          <span className="badge" aria-hidden="true">
            {asking}
          </span>
        )}
      </span>
    </header>
  );
});

/** Typing, here, or when last here; of a group its size. */
const Status = observer(function Status({ chat }: { chat: Chat }) {
  const { people } = useRoot();
  const typing = useTypingText(chat);
  const now = useNow(30_000);
  if (typing !== "") return <span className="conversation-status conversation-status-live">{typing}</span>;
  if (chat.isLobby) return <span className="conversation-status">{t("chat.everybody")}</span>;
  if (chat.isGroup) {
    return <span className="conversation-status">{t("chat.members", { count: chat.data.memberCount })}</span>;
  }
  const presence = chat.peerId === undefined ? undefined : people.presence(chat.peerId);
  if (presence?.state === "online") {
    return <span className="conversation-status conversation-status-live">{t("chat.online")}</span>;
  }
  const words = presenceText(presence, now) || t("common.handle", { handle: chat.data.peer?.handle ?? "" });
  return <span className="conversation-status">{words}</span>;
});
