import { t } from "../../i18n/t.ts";
import type { Message } from "../../model/message.ts";
import { useRoot } from "../root-context.ts";

/** Who said what, in one line. */
export function usePinText(): (message: Message | null | undefined) => string {
  const { people, session } = useRoot();
  return (message) => {
    if (message === undefined) return t("common.loading");
    if (message?.kind !== "text" || message.retracted) return t("message.retracted");
    const name =
      message.sender === session.userId ? t("common.you") : (people.name(message.sender) ?? t("common.somebody"));
    return t("chats.sender", { name, text: message.body.text });
  };
}
