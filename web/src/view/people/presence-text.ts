import type { Presence } from "@parley/protocol";
import { longAgo } from "../../i18n/dates.ts";
import { t } from "../../i18n/t.ts";

/** Online, away, or when last here; empty when that is not known or not for us. */
export function presenceText(presence: Presence | undefined, now: number): string {
  if (presence === undefined) return "";
  if (presence.state === "online") return t("chat.online");
  if (presence.state === "away") return t("chat.away");
  return presence.lastSeenAt === undefined ? "" : t("chat.lastSeen", { when: longAgo(presence.lastSeenAt, now) });
}
