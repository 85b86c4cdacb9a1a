import { observer } from "mobx-react-lite";
import { t } from "../../i18n/t.ts";
import type { Chat } from "../../model/chat.ts";
import { Avatar } from "../parts/avatar.tsx";

/** Stands where the chat begins. */
export const ChatBegin = observer(function ChatBegin({ chat }: { chat: Chat }) {
  return (
    <div className="chat-begin">
      <Avatar id={chat.peerId ?? chat.chatId} name={chat.title} group={chat.isGroup} />
      <p className="chat-begin-title">{chat.title}</p>
      <p>{chat.isGroup ? t("chat.beginGroup") : t("chat.beginDirect")}</p>
    </div>
  );
});
