import { Phone, Video } from "lucide-react";
import { observer } from "mobx-react-lite";
import { t } from "../../i18n/call-texts.ts";
import type { Chat } from "../../model/chat.ts";
import { IconButton } from "../parts/icon-button.tsx";
import { useRoot } from "../root-context.ts";
import { useBeginCall } from "./use-begin-call.ts";

/** Rings the other person, or the group. */
export const CallButtons = observer(function CallButtons({ chat }: { chat: Chat }) {
  const { calls } = useRoot();
  const begin = useBeginCall(chat);
  if (chat.isLobby || (chat.isGroup && chat.data.memberCount < 2)) return null;
  // One that goes on is joined, or come back to.
  const going = calls.calls?.inChat(chat.chatId) ?? null;
  return (
    <span className="call-buttons">
      <IconButton
        icon={Phone}
        label={going === null ? t("calls.card.voice") : t("calls.bar.join")}
        onClick={() => begin(false)}
      />
      <IconButton
        icon={Video}
        label={going === null ? t("calls.card.video") : t("calls.bar.joinVideo")}
        onClick={() => begin(true)}
      />
    </span>
  );
});
