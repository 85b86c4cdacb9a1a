import { Star, Timer } from "lucide-react";
import { observer } from "mobx-react-lite";
import { timeLeft } from "../../i18n/dates.ts";
import { t } from "../../i18n/t.ts";
import type { Chat } from "../../model/chat.ts";
import type { TextMessage } from "../../model/message.ts";
import { useNow } from "../use-now.ts";

const MINUTE_MS = 60_000;

/** Beside the time of a message: that it is saved, and how long it stays. */
export const MessageMarks = observer(function MessageMarks({ chat, message }: { chat: Chat; message: TextMessage }) {
  const { seq, expiresAt, retracted } = message;
  if (retracted) return null;
  return (
    <>
      {seq !== undefined && chat.own.stars.has(seq) && <Star role="img" aria-label={t("saved.isSaved")} />}
      {expiresAt !== undefined && <Countdown expiresAt={expiresAt} />}
    </>
  );
});

function Countdown({ expiresAt }: { expiresAt: number }) {
  const soon = expiresAt - Date.now() < 2 * MINUTE_MS;
  const now = useNow(soon ? 1_000 : MINUTE_MS / 2);
  const left = timeLeft(Math.max(0, expiresAt - now));
  return (
    <span className="countdown" title={t("message.vanishes", { left })}>
      <Timer aria-hidden="true" />
      <span className="unseen">{t("message.vanishes", { left })}</span>
      <span aria-hidden="true">{left}</span>
    </span>
  );
}
