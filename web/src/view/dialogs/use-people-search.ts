import type { UserCard } from "@parley/protocol";
import { useState } from "react";
import { problemText } from "../../i18n/problem.ts";
import { t } from "../../i18n/t.ts";
import { PeopleSearch } from "../../model/people-search.ts";
import { useRoot } from "../root-context.ts";

/** People to choose from: those one talks with while the box is empty, those found after. */
export function usePeopleSearch(isOffered: (person: UserCard) => boolean) {
  const { people, chats, clock, session } = useRoot();
  const [search] = useState(() => new PeopleSearch(people, clock));
  const known = chats.peers.flatMap((userId) => people.card(userId) ?? []);
  const all = search.state === "idle" ? known : search.found;
  const offered = all.filter((person) => person.userId !== session.userId && isOffered(person));
  return { search, offered, note: noteOf(search, offered.length) };
}

function noteOf(search: PeopleSearch, shown: number): string | undefined {
  if (search.state === "failed" && search.failure !== null) return problemText(search.failure);
  if (search.state === "short") return t("chats.searchShort");
  if (search.state === "searching" && shown === 0) return t("common.loading");
  if (search.state === "idle" && shown === 0) return t("newChat.hint");
  return search.state === "done" && shown === 0 ? t("chats.nothingFound", { text: search.text }) : undefined;
}
