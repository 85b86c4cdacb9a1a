import type { SystemBody } from "@parley/protocol";
import { durationText } from "../../i18n/durations.ts";
import { t } from "../../i18n/t.ts";

type Changed = Extract<SystemBody, { event: "changed" }>;

const JOIN_TEXTS = {
  closed: "system.joinClosed",
  link: "system.joinLink",
  request: "system.joinRequest",
  open: "system.joinOpen",
} as const;

/** What was changed about a chat, a sentence for each. */
export function changedText(changed: Changed, who: string): string {
  const { name, description, avatar, join, slowModeMs, announcements, historyForNew, disappearMs } = changed;
  const sentences = [
    name !== undefined && t("system.name", { who, name }),
    description !== undefined &&
      (description === "" ? t("system.descriptionGone", { who }) : t("system.description", { who })),
    avatar !== undefined && (avatar === null ? t("system.avatarGone", { who }) : t("system.avatar", { who })),
    join !== undefined && t(JOIN_TEXTS[join], { who }),
    slowModeMs !== undefined &&
      (slowModeMs === 0 ? t("system.slowOff", { who }) : t("system.slow", { who, time: durationText(slowModeMs) })),
    announcements !== undefined && t(announcements ? "system.announcementsOn" : "system.announcementsOff", { who }),
    historyForNew !== undefined && t(historyForNew ? "system.historyOn" : "system.historyOff", { who }),
    disappearMs !== undefined &&
      (disappearMs === 0
        ? t("system.disappearOff", { who })
        : t("system.disappear", { who, time: durationText(disappearMs) })),
  ];
  return sentences.filter((sentence) => sentence !== false).join(" · ");
}
