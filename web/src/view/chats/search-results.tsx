import type { UserCard } from "@parley/protocol";
import { observer } from "mobx-react-lite";
import { problemText } from "../../i18n/problem.ts";
import { t } from "../../i18n/t.ts";
import type { PeopleSearch } from "../../model/people-search.ts";
import { PersonFace } from "../parts/person-row.tsx";
import { useRoot } from "../root-context.ts";
import { useNow } from "../use-now.ts";
import { ChatRow } from "./chat-row.tsx";
import { focusNeighbour } from "./focus-neighbour.ts";

const CHATS_SHOWN = 8;

/** Chats that are here already, then people to find. */
export const SearchResults = observer(function SearchResults({ search }: { search: PeopleSearch }) {
  const root = useRoot();
  const { chats, session, ui } = root;
  const now = useNow(30_000);
  const found = chats.matching(search.text).slice(0, CHATS_SHOWN);
  const people = search.found.filter(({ userId }) => userId !== session.userId && !chats.peers.includes(userId));
  const open = (person: UserCard) =>
    root.attempt(async () => {
      ui.openChat(await chats.openDirect(person.userId));
    });
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the rows inside have the focus; arrows move it
    <div
      className="list-scroll"
      onClick={() => search.type("")}
      onKeyDown={(event) => {
        if (event.altKey) return;
        if (event.key === "ArrowDown") focusNeighbour(event, 1);
        if (event.key === "ArrowUp") focusNeighbour(event, -1);
      }}
    >
      {found.length > 0 && (
        <section>
          <h2 className="section-title">{t("chats.resultsChats")}</h2>
          <ul>
            {found.map((chat) => (
              <li key={chat.chatId}>
                <ChatRow chat={chat} now={now} current={chat.chatId === ui.chatId} isEntry />
              </li>
            ))}
          </ul>
        </section>
      )}
      {people.length > 0 && (
        <section>
          <h2 className="section-title">{t("chats.resultsPeople")}</h2>
          <ul>
            {people.map((person) => (
              <li key={person.userId}>
                <button type="button" className="person-row" data-row onClick={() => void open(person)}>
                  <PersonFace person={person} />
                </button>
              </li>
            ))}
          </ul>
        </section>
      )}
      <p className="result-note" role="status">
        {noteOf(search, found.length + people.length)}
      </p>
    </div>
  );
});

function noteOf(search: PeopleSearch, shown: number): string {
  if (search.state === "failed" && search.failure !== null) return problemText(search.failure);
  if (search.state === "searching") return t("common.loading");
  if (search.state === "short") return t("chats.searchShort");
  return shown === 0 ? `${t("chats.nothingFound", { text: search.text })} ${t("chats.searchHint")}` : "";
}
