import type { ChatSettings, JoinPolicy } from "@parley/protocol";
import { observer } from "mobx-react-lite";
import { durationText } from "../../i18n/durations.ts";
import { t } from "../../i18n/t.ts";
import type { Chat } from "../../model/chat.ts";
import { PickOne } from "../parts/pick-one.tsx";
import { Toggle } from "../parts/toggle.tsx";
import { useRoot } from "../root-context.ts";
import { Disappearing } from "./disappearing.tsx";

const SLOW_MS = [0, 10_000, 30_000, 60_000, 5 * 60_000, 3600_000] as const;
const JOIN = ["closed", "link", "request", "open"] as const satisfies readonly JoinPolicy[];
const JOIN_TEXTS = {
  closed: "group.joinClosed",
  link: "group.joinLink",
  request: "group.joinRequest",
  open: "group.joinOpen",
} as const;

/** What admins decide; each switch takes effect at once, for everybody. */
export const GroupSettings = observer(function GroupSettings({ chat }: { chat: Chat }) {
  const root = useRoot();
  const { settings } = chat.group;
  const update = (change: Partial<ChatSettings>) => void root.attempt(() => chat.group.set(change));
  return (
    <div className="form">
      <Toggle
        label={t("group.announcements")}
        hint={t("group.announcementsHint")}
        checked={settings.announcements}
        onChange={(announcements) => update({ announcements })}
      />
      <Toggle
        label={t("group.history")}
        hint={t("group.historyHint")}
        checked={settings.historyForNew}
        onChange={(historyForNew) => update({ historyForNew })}
      />
      <PickOne<number>
        label={t("group.slow")}
        hint={t("group.slowHint")}
        value={settings.slowModeMs}
        options={SLOW_MS}
        onChoose={(slowModeMs) => update({ slowModeMs })}
        face={(ms) => (ms === 0 ? t("group.slowOff") : durationText(ms))}
      />
      <Disappearing chat={chat} />
      <PickOne<JoinPolicy>
        label={t("group.join")}
        value={settings.join}
        options={JOIN}
        onChoose={(join) => update({ join })}
        face={(join) => t(JOIN_TEXTS[join])}
      />
    </div>
  );
});
