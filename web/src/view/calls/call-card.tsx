import type { CallBody } from "@parley/protocol";
import { PhoneIncoming, PhoneMissed, PhoneOff, PhoneOutgoing, Video } from "lucide-react";
import { observer } from "mobx-react-lite";
import { t } from "../../i18n/call-texts.ts";
import { timeOfDay } from "../../i18n/dates.ts";
import { playTime } from "../../i18n/file-text.ts";
import type { Chat } from "../../model/chat.ts";
import type { TextMessage } from "../../model/message.ts";
import { useRoot } from "../root-context.ts";
import { cardWords } from "./call-words.ts";
import { useBeginCall } from "./use-begin-call.ts";

/** What a call left in its chat. */
export const CallCard = observer(function CallCard({ chat, message, call, mine }: CallCardProps) {
  const { people } = useRoot();
  const begin = useBeginCall(chat);
  const { outcome, video, durationMs } = call;
  const words = cardWords(call, mine);
  const time = timeOfDay(message.sentAt);
  const sender = mine ? t("common.you") : (people.name(message.sender) ?? t("common.somebody"));
  const isMissed = !mine && outcome !== "finished" && outcome !== "refused";
  const Icon = iconOf(call, mine, isMissed);
  const length = outcome === "finished" && durationMs !== undefined ? playTime(durationMs) : null;
  const what = length === null ? words : `${words}, ${length}`;
  return (
    <article
      className={isMissed ? "call-card call-card-missed" : "call-card"}
      data-key={message.key}
      data-seq={message.seq}
      data-outcome={outcome}
      tabIndex={-1}
      aria-label={t("calls.card.label", { what, sender, time })}
    >
      <span className="call-card-icon" aria-hidden="true">
        <Icon />
      </span>
      <span className="call-card-text bubble">
        <span className="call-card-what">{words}</span>
        <span className="call-card-when">
          {length !== null && <span>{length}</span>}
          <span>{time}</span>
        </span>
      </span>
      {!chat.isLobby && (
        <button type="button" className="button button-text" onClick={() => begin(video)}>
          {mine ? t("calls.card.again") : t("calls.card.back")}
        </button>
      )}
    </article>
  );
});

function iconOf({ outcome, video }: CallBody, mine: boolean, isMissed: boolean) {
  if (isMissed) return PhoneMissed;
  if (outcome !== "finished") return PhoneOff;
  if (video) return Video;
  return mine ? PhoneOutgoing : PhoneIncoming;
}

interface CallCardProps {
  readonly chat: Chat;
  readonly message: TextMessage;
  readonly call: CallBody;
  readonly mine: boolean;
}
