import { Bookmark, BookUser, CalendarClock, MailOpen, Settings, SquarePen } from "lucide-react";
import { observer } from "mobx-react-lite";
import { useState } from "react";
import { t } from "../../i18n/t.ts";
import { PeopleSearch } from "../../model/people-search.ts";
import { ProtectionButton } from "../connection/protection-button.tsx";
import { SearchResults } from "../later.ts";
import { Avatar } from "../parts/avatar.tsx";
import { EmptyState } from "../parts/empty-state.tsx";
import { IconButton } from "../parts/icon-button.tsx";
import { useRoot } from "../root-context.ts";
import { ChatList } from "./chat-list.tsx";
import { SearchBox } from "./search-box.tsx";

/** The left pane: search, the chats, and oneself. */
export const ChatsPane = observer(function ChatsPane() {
  const { chats, people, ui, clock, me, scheduled } = useRoot();
  const [search] = useState(() => new PeopleSearch(people, clock));
  return (
    <nav className="pane-list" aria-label={t("nav.chats")} data-region="chats" tabIndex={-1}>
      <div className="list-head">
        <div className="bar">
          <h2 className="list-brand">{t("nav.chats")}</h2>
          {scheduled.messages.length > 0 && (
            <IconButton
              icon={CalendarClock}
              label={scheduled.failed > 0 ? t("scheduled.openFailed") : t("scheduled.title")}
              className={scheduled.failed > 0 ? "icon-button-alarm" : ""}
              onClick={() => ui.show({ name: "scheduled" })}
            />
          )}
          <IconButton icon={Bookmark} label={t("saved.title")} onClick={() => ui.show({ name: "saved" })} />
          <InvitationsButton />
          <ContactsButton />
          <IconButton icon={SquarePen} label={t("nav.newChat")} onClick={() => ui.show({ name: "newChat" })} />
        </div>
        <SearchBox search={search} />
      </div>
      {search.state !== "idle" ? (
        <SearchResults search={search} />
      ) : chats.sorted.length > 0 ? (
        <ChatList />
      ) : (
        <div className="list-scroll">
          {chats.loaded && (
            <EmptyState title={t("chats.empty")} hint={t("chats.emptyHint")}>
              <button type="button" className="button button-primary" onClick={() => ui.show({ name: "newChat" })}>
                {t("chats.start")}
              </button>
            </EmptyState>
          )}
        </div>
      )}
      <div className="list-foot">
        <div className="person-row list-me">
          {me !== undefined && (
            <>
              <Avatar id={me.userId} name={me.displayName} />
              <span className="person-row-text">
                <span className="person-name">{me.displayName}</span>
                <span className="person-note">{t("common.handle", { handle: me.handle })}</span>
              </span>
            </>
          )}
        </div>
        <ProtectionButton />
        <IconButton icon={Settings} label={t("nav.settings")} onClick={() => ui.go({ name: "settings" })} />
      </div>
    </nav>
  );
});

/** There as long as somebody asks one into a group. */
const InvitationsButton = observer(function InvitationsButton() {
  const { ui, invitations } = useRoot();
  const count = invitations.list.length;
  if (count === 0) return null;
  return (
    <span className="badged">
      <IconButton
        icon={MailOpen}
        label={t("invitations.openCount", { count })}
        onClick={() => ui.show({ name: "invitations" })}
      />
      <span className="badge" aria-hidden="true">
        {count}
      </span>
    </span>
  );
});

/** The way to the contacts, with the number of those who ask. */
const ContactsButton = observer(function ContactsButton() {
  const { ui, contacts } = useRoot();
  const count = contacts.incoming.length;
  return (
    <span className="badged">
      <IconButton
        icon={BookUser}
        label={count === 0 ? t("contacts.open") : t("contacts.openAsked", { count })}
        onClick={() => ui.go({ name: "contacts" })}
      />
      {count > 0 && (
        <span className="badge" aria-hidden="true">
          {count}
        </span>
      )}
    </span>
  );
});
