import { observer } from "mobx-react-lite";
import { fullDate } from "../../i18n/dates.ts";
import { t } from "../../i18n/t.ts";
import type { Chat } from "../../model/chat.ts";
import { useNow } from "../use-now.ts";
import { Composer } from "./composer.tsx";

/** A mute that ends so late has no end that anybody wants to read. */
const ENDLESS_MS = 5 * 365 * 24 * 3600_000;

/** Nothing runs out. */
const IDLE_MS = 3600_000;

/** Where one writes, or why one does not. */
export const WriteBar = observer(function WriteBar({ chat }: { chat: Chat }) {
  const { mutedUntil, settings } = chat.data;
  const now = useNow(mutedUntil !== undefined || settings.slowModeMs > 0 ? 1_000 : IDLE_MS);
  const voice = chat.group.voice(now);
  if (voice.kind === "free" || voice.kind === "slow") {
    return <Composer chat={chat} waitMs={voice.kind === "slow" ? voice.until - now : 0} />;
  }
  return (
    <div className="composer">
      <p className="composer-silent" role="status" data-region="composer" tabIndex={-1}>
        {voice.kind === "admins" ? t("composer.adminsOnly") : mutedText(voice.until, now)}
      </p>
    </div>
  );
});

function mutedText(until: number, now: number): string {
  return until - now > ENDLESS_MS ? t("composer.muted") : t("composer.mutedUntil", { when: fullDate(until) });
}
