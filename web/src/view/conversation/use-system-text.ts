import type { SystemBody } from "@parley/protocol";
import { fullDate } from "../../i18n/dates.ts";
import { t } from "../../i18n/t.ts";
import type { Chat } from "../../model/chat.ts";
import type { SystemMessage } from "../../model/message.ts";
import { useRoot } from "../root-context.ts";
import { changedText } from "./changed-text.ts";

/** A mute that ends so late has no end that anybody wants to read. */
const ENDLESS_MS = 5 * 365 * 24 * 3600_000;

const HOW_TEXTS = {
  link: "system.joinedLink",
  open: "system.joinedOpen",
  request: "system.joinedRequest",
  invitation: "system.joinedInvitation",
} as const;

/** What happened to a chat, in words. */
export function useSystemText(): (message: SystemMessage, chat: Chat) => string {
  const { people, session } = useRoot();
  const nameOf = (userId: string) => people.name(userId) ?? t("common.somebody");
  const isMe = (userId: string) => userId === session.userId;
  const objectOf = (userId: string) => (isMe(userId) ? t("common.youObject") : nameOf(userId));
  return ({ body, sender, sentAt }, chat) => {
    const mine = isMe(sender);
    const who = mine ? t("common.you") : nameOf(sender);
    switch (body.event) {
      case "created": {
        if (!chat.isGroup) return mine ? t("system.youCreatedDirect") : t("system.createdDirect", { who });
        const name = body.name ?? chat.title;
        return mine ? t("system.youCreatedNamed", { name }) : t("system.createdNamed", { who, name });
      }
      case "added":
      case "removed":
      case "left":
        return comingAndGoing(body, { who, mine, whom: nameOf(body.userId), ofMe: isMe(body.userId) });
      case "role": {
        const whom = objectOf(body.userId);
        return body.role === "member" ? t("system.roleMember", { who, whom }) : t("system.roleAdmin", { who, whom });
      }
      case "transferred":
        return t("system.transferred", { who, whom: objectOf(body.userId) });
      case "muted": {
        const whom = objectOf(body.userId);
        if (body.untilMs === 0) return t("system.unmuted", { who, whom });
        if (body.untilMs - sentAt > ENDLESS_MS) return t("system.mutedForGood", { who, whom });
        return t("system.muted", { who, whom, when: fullDate(body.untilMs) });
      }
      case "changed":
        return changedText(body, who);
      case "pinned":
        if (mine) return body.on ? t("system.youPinned") : t("system.youUnpinned");
        return body.on ? t("system.pinned", { who }) : t("system.unpinned", { who });
      case "contacts":
        return t("system.contacts");
      case "deleted":
        return t("system.deleted", { who });
    }
  };
}

type ComingOrGoing = Extract<SystemBody, { event: "added" | "removed" | "left" }>;

function comingAndGoing(
  body: ComingOrGoing,
  { who, mine, whom, ofMe }: { who: string; mine: boolean; whom: string; ofMe: boolean },
): string {
  if (body.event === "left") return ofMe ? t("system.youLeft") : t("system.left", { whom });
  if (body.event === "added" && body.how !== undefined)
    return ofMe ? t("system.youJoined") : t(HOW_TEXTS[body.how], { whom });
  if (ofMe) return body.event === "added" ? t("system.addedYou", { who }) : t("system.removedYou", { who });
  if (mine) return body.event === "added" ? t("system.youAdded", { whom }) : t("system.youRemoved", { whom });
  return body.event === "added" ? t("system.added", { who, whom }) : t("system.removed", { who, whom });
}
