import { t } from "../../i18n/call-texts.ts";
import { playTime } from "../../i18n/file-text.ts";
import { useNow } from "../use-now.ts";

export function CallTimer({ since }: { since: number }) {
  const now = useNow(1_000);
  return (
    <span className="call-timer" role="timer" aria-label={t("calls.duration")}>
      {playTime(Math.max(0, now - since))}
    </span>
  );
}
