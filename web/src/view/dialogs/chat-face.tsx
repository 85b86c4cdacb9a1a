import { Check } from "lucide-react";
import { observer } from "mobx-react-lite";
import { t } from "../../i18n/t.ts";
import type { Chat } from "../../model/chat.ts";
import { Avatar } from "../parts/avatar.tsx";

/** A conversation in a list that one picks from. */
export const ChatFace = observer(function ChatFace({ chat, picked = false }: { chat: Chat; picked?: boolean }) {
  const { peer, memberCount } = chat.data;
  const size = chat.isLobby ? t("chat.everybody") : t("chat.members", { count: memberCount });
  return (
    <>
      <Avatar id={chat.peerId ?? chat.chatId} name={chat.title} group={chat.isGroup} />
      <span className="person-row-text">
        <span className="person-name">{chat.title}</span>
        <span className="person-note">{peer === undefined ? size : t("common.handle", { handle: peer.handle })}</span>
      </span>
      {picked && (
        <span className="chat-face-picked">
          <Check aria-hidden="true" />
          <span className="unseen">{t("forward.picked")}</span>
        </span>
      )}
    </>
  );
});
