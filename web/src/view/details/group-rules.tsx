import { observer } from "mobx-react-lite";
import { durationText } from "../../i18n/durations.ts";
import { t } from "../../i18n/t.ts";
import type { Chat } from "../../model/chat.ts";

/** What admins have decided, for those who do not. */
export const GroupRules = observer(function GroupRules({ chat }: { chat: Chat }) {
  const { announcements, slowModeMs, disappearMs } = chat.data.settings;
  const rules = [
    announcements && t("group.ruleAnnouncements"),
    slowModeMs > 0 && t("group.ruleSlow", { time: durationText(slowModeMs) }),
    disappearMs > 0 && t("group.ruleDisappear", { time: durationText(disappearMs) }),
  ].filter((rule) => rule !== false);
  if (rules.length === 0) return null;
  return (
    <ul className="group-rules" aria-label={t("group.rules")}>
      {rules.map((rule) => (
        <li key={rule}>{rule}</li>
      ))}
    </ul>
  );
});
