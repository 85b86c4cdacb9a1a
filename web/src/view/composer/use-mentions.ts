import type { UserCard } from "@parley/protocol";
import { useEffect } from "react";
import { t } from "../../i18n/t.ts";
import type { Chat } from "../../model/chat.ts";
import { EVERYONE } from "../../model/mentions.ts";
import { useRoot } from "../root-context.ts";
import { useChoices } from "./use-choices.ts";

/** An `@` that begins a word, and what follows it up to the caret. */
const BEGUN = /(?:^|[\s(])@([\p{L}\p{N}_.#-]{0,32})$/u;
/** As many as stand above a composer without hiding the conversation. */
const OFFERED_MAX = 6;

export interface MentionOffer {
  /** What is written after the `@`. */
  readonly handle: string;
  readonly name: string;
  readonly user: UserCard | null;
}

/** `@` completion of members. `replace` puts words in place of that many characters before the caret. */
export function useMentions(chat: Chat, before: string, replace: (count: number, words: string) => void) {
  const { session } = useRoot();
  const begun = chat.isGroup ? BEGUN.exec(before)?.[1] : undefined;
  const wanted = begun !== undefined && chat.members.list.length === 0;
  useEffect(() => {
    if (wanted) void chat.members.load();
  }, [chat, wanted]);
  const text = begun?.toLowerCase() ?? "";
  return useChoices({
    before,
    text,
    choices: begun === undefined ? [] : offers(chat, text, session.userId ?? null),
    pick: ({ handle }: MentionOffer) => replace((begun?.length ?? 0) + 1, `@${handle} `),
  });
}

function offers(chat: Chat, text: string, me: string | null): readonly MentionOffer[] {
  const everyone = chat.mayNameAll && EVERYONE.startsWith(text);
  const members = chat.members.list
    .filter(({ user }) => user.userId !== me)
    .filter(({ user }) => user.handle.startsWith(text) || user.displayName.toLocaleLowerCase().startsWith(text))
    .map(({ user }) => ({ handle: user.handle, name: user.displayName, user }));
  const all = everyone ? [{ handle: EVERYONE, name: t("mention.everyone"), user: null }, ...members] : members;
  return all.slice(0, OFFERED_MAX);
}
