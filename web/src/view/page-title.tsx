import { observer } from "mobx-react-lite";
import { useEffect } from "react";
import { t } from "../i18n/t.ts";
import { useRoot } from "./root-context.ts";

/** The tab's title: what is open, and how much is unread. */
export const PageTitle = observer(function PageTitle() {
  const { chat, notices } = useRoot();
  const title = titleOf(chat?.title ?? "", notices.attention);
  useEffect(() => {
    document.title = title;
  }, [title]);
  return null;
});

function titleOf(title: string, count: number): string {
  if (title === "") return count > 0 ? t("nav.titleUnread", { count }) : t("nav.title");
  return count > 0 ? t("nav.titleChatUnread", { count, title }) : t("nav.titleChat", { title });
}
