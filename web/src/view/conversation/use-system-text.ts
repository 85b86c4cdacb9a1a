import { t } from "../../i18n/t.ts";
import type { Chat } from "../../model/chat.ts";
import type { SystemMessage } from "../../model/message.ts";
import { useRoot } from "../root-context.ts";

/** What happened to a chat, in words. */
export function useSystemText(): (message: SystemMessage, chat: Chat) => string {
  const { people, session } = useRoot();
  const nameOf = (userId: string) => people.name(userId) ?? t("common.somebody");
  return (message, chat) => {
    const { body } = message;
    const who = nameOf(message.sender);
    const mine = message.sender === session.userId;
    if (body.event === "created") {
      if (!chat.isGroup) return mine ? t("system.youCreatedDirect") : t("system.createdDirect", { who });
      const name = body.name ?? chat.title;
      return mine ? t("system.youCreatedNamed", { name }) : t("system.createdNamed", { who, name });
    }
    if (body.event === "pinned") {
      if (mine) return body.on ? t("system.youPinned") : t("system.youUnpinned");
      return body.on ? t("system.pinned", { who }) : t("system.unpinned", { who });
    }
    if (body.event === "contacts") return t("system.contacts");
    if (body.event !== "added" && body.event !== "removed" && body.event !== "left") return "";
    const whom = nameOf(body.userId);
    const ofMe = body.userId === session.userId;
    if (body.event === "left") return ofMe ? t("system.youLeft") : t("system.left", { whom });
    if (ofMe) return body.event === "added" ? t("system.addedYou", { who }) : t("system.removedYou", { who });
    if (mine) return body.event === "added" ? t("system.youAdded", { whom }) : t("system.youRemoved", { whom });
    return body.event === "added" ? t("system.added", { who, whom }) : t("system.removed", { who, whom });
  };
}
