import { limits } from "@parley/protocol";
import { t } from "../../i18n/t.ts";

/** `quiet`: of a chat that does not call. */
export function UnreadBadge({ count, quiet = false }: { count: number; quiet?: boolean }) {
  return (
    <span className={quiet ? "badge badge-quiet" : "badge"} aria-hidden="true">
      {count >= limits.UNREAD_COUNT_MAX ? t("chats.unreadMany") : count}
    </span>
  );
}
