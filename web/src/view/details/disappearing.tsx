import { observer } from "mobx-react-lite";
import { durationText } from "../../i18n/durations.ts";
import { t } from "../../i18n/t.ts";
import type { Chat } from "../../model/chat.ts";
import { PickOne } from "../parts/pick-one.tsx";
import { useRoot } from "../root-context.ts";

const HOUR_MS = 3600_000;
const DAY_MS = 24 * HOUR_MS;
const STAYS = [0, HOUR_MS, DAY_MS, 7 * DAY_MS, 30 * DAY_MS] as const;

/** After how long new messages vanish. */
export const Disappearing = observer(function Disappearing({ chat }: { chat: Chat }) {
  const root = useRoot();
  return (
    <PickOne<number>
      label={t("group.disappear")}
      hint={t("group.disappearHint")}
      value={chat.group.settings.disappearMs}
      options={STAYS}
      onChoose={(disappearMs) => void root.attempt(() => chat.group.set({ disappearMs }))}
      face={(ms) => (ms === 0 ? t("group.disappearOff") : durationText(ms))}
    />
  );
});
