import { observer } from "mobx-react-lite";
import { useEffect, useRef } from "react";
import { t } from "../i18n/t.ts";
import { useRoot } from "./root-context.ts";

/** Nobody reads a tab faster. */
const PAUSE_MS = 250;

/** The tab's title: what is open, and how much is unread. */
export const PageTitle = observer(function PageTitle() {
  const { chat, notices } = useRoot();
  const title = titleOf(chat?.title ?? "", notices.attention);
  const latest = useRef(title);
  const pause = useRef<ReturnType<typeof setTimeout> | null>(null);
  useEffect(() => {
    latest.current = title;
    pause.current ??= setTimeout(() => {
      pause.current = null;
      document.title = latest.current;
    }, PAUSE_MS);
  }, [title]);
  useEffect(
    () => () => {
      if (pause.current !== null) clearTimeout(pause.current);
      pause.current = null;
    },
    [],
  );
  return null;
});

function titleOf(title: string, count: number): string {
  if (title === "") return count > 0 ? t("nav.titleUnread", { count }) : t("nav.title");
  return count > 0 ? t("nav.titleChatUnread", { count, title }) : t("nav.titleChat", { title });
}
