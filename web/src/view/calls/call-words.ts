import type { CallBody, CallInvited } from "@parley/protocol";
import { t } from "../../i18n/call-texts.ts";
import { playTime } from "../../i18n/file-text.ts";
import { problemText } from "../../i18n/problem.ts";
import type { CallEnding, CurrentCall } from "../../model/calls/current-call.ts";
import type { Chat } from "../../model/chat.ts";
import type { Root } from "../../model/root.ts";

/** With whom: the other one, or the group. */
export function callTitle(root: Root, chatId: string): string {
  return root.chats.get(chatId)?.title || t("common.somebody");
}

export function personName(root: Root, userId: string): string {
  return root.people.name(userId) ?? t("common.somebody");
}

/** How the connection is, in a few words. */
export function linkWords(root: Root, current: CurrentCall): string {
  const { link, relayOnly } = current;
  switch (link?.name) {
    case undefined:
      return current.awaited.length > 0 ? t("calls.ringing") : t("calls.alone");
    case "connecting":
      return t("calls.link.connecting");
    case "reconnecting":
      return t("calls.link.reconnecting");
    case "blocked":
      return t("calls.link.blocked");
    case "connected": {
      if (!root.connection.online) return t("calls.link.offline");
      if (link.path === "relayed") return t(relayOnly ? "calls.link.relayedHidden" : "calls.link.relayed");
      return link.path === "direct" ? t("calls.link.direct") : t("calls.link.connected");
    }
    default:
      return link satisfies never;
  }
}

/** Why there is no way, and what helps; null where there is one, or one is looked for. */
export function blockedWords({ link, relayOnly }: CurrentCall): string | null {
  if (link?.name !== "blocked") return null;
  if (link.why === "noRelay") return t(relayOnly ? "calls.link.noRelayHidden" : "calls.link.noRelay");
  return t(link.why === "otherSide" ? "calls.link.otherSide" : "calls.link.relayUnreachable");
}

export function endingWords(ending: CallEnding, chat: Chat | undefined): string {
  const many = chat?.isGroup === true;
  const name = chat?.title ?? t("common.somebody");
  switch (ending.name) {
    case "over":
      return ending.lengthMs < 1_000
        ? t("calls.ended.over")
        : t("calls.ended.overAfter", { time: playTime(ending.lengthMs) });
    case "refused":
      return many ? t("calls.ended.refusedAll") : t("calls.ended.refused", { name });
    case "busy":
      return many ? t("calls.ended.busyAll") : t("calls.ended.busy", { name });
    case "missed":
      return many ? t("calls.ended.missedAll") : t("calls.ended.missed", { name });
    case "cancelled":
      return t("calls.ended.cancelled");
    case "lost":
      return t("calls.ended.lost");
    case "failed":
      return problemText(ending.failure);
    default:
      return ending satisfies never;
  }
}

/** Why somebody who was rung is not in the call; nothing of those who were not. */
export function answerWords(answer: CallInvited["state"] | null): string | undefined {
  switch (answer) {
    case "refused":
    case "busy":
    case "missed":
    case "left":
      return t(`calls.invite.${answer}`);
    default:
      return undefined;
  }
}

/** What a call left, for the one who reads it. */
export function cardWords({ video, outcome }: CallBody, mine: boolean): string {
  switch (outcome) {
    case "finished":
      return t(video ? "calls.card.video" : "calls.card.voice");
    case "refused":
      return t("calls.card.declined");
    case "busy":
      if (mine) return t("calls.card.busy");
      break;
    case "cancelled":
      if (mine) return t("calls.card.cancelled");
      break;
    case "missed":
      if (mine) return t("calls.card.noAnswer");
      break;
    default:
      return outcome satisfies never;
  }
  return t(video ? "calls.card.missedVideo" : "calls.card.missed");
}
