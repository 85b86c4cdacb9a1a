import { Phone, Video } from "lucide-react";
import { observer } from "mobx-react-lite";
import { t } from "../../i18n/call-texts.ts";
import type { Chat } from "../../model/chat.ts";
import { Avatar } from "../parts/avatar.tsx";
import { useRoot } from "../root-context.ts";
import { personName } from "./call-words.ts";
import { useBeginCall } from "./use-begin-call.ts";

const FACES_MAX = 4;

/** A call goes on in this chat, without oneself. */
export const JoinBar = observer(function JoinBar({ chat }: { chat: Chat }) {
  const root = useRoot();
  const begin = useBeginCall(chat);
  const call = root.calls.calls?.inChat(chat.chatId) ?? null;
  if (call === null) return null;
  const { participants } = call;
  return (
    <section className="join-bar" aria-label={t("calls.bar.going")}>
      <span className="join-bar-faces" aria-hidden="true">
        {participants.slice(0, FACES_MAX).map(({ participantId, userId }) => (
          <Avatar key={participantId} id={userId} name={personName(root, userId)} />
        ))}
      </span>
      <span className="join-bar-text">
        <span className="join-bar-title">{t("calls.bar.going")}</span>
        <span className="join-bar-count">{t("calls.bar.count", { count: participants.length })}</span>
      </span>
      <button type="button" className="button button-join" onClick={() => begin(false)}>
        <Phone aria-hidden="true" />
        {t("calls.bar.join")}
      </button>
      <button
        type="button"
        className="button button-join"
        aria-label={t("calls.bar.joinVideo")}
        title={t("calls.bar.joinVideo")}
        onClick={() => begin(true)}
      >
        <Video aria-hidden="true" />
      </button>
    </section>
  );
});
