import { limits } from "@parley/protocol";
import { t } from "../../i18n/t.ts";

export function UnreadBadge({ count }: { count: number }) {
  return (
    <span className="badge" aria-hidden="true">
      {count >= limits.UNREAD_COUNT_MAX ? t("chats.unreadMany") : count}
    </span>
  );
}
