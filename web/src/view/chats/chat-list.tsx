import { Archive, ArrowLeft } from "lucide-react";
import { observer } from "mobx-react-lite";
import { type MouseEvent, type UIEvent, useCallback, useState } from "react";
import { t } from "../../i18n/t.ts";
import type { Chat } from "../../model/chat.ts";
import { useLongPress } from "../conversation/use-long-press.ts";
import { ChatMenu } from "../later.ts";
import { IconButton } from "../parts/icon-button.tsx";
import { useRoot } from "../root-context.ts";
import { useNow } from "../use-now.ts";
import type { ChatMenuTarget } from "./chat-menu.tsx";
import { ChatRow } from "./chat-row.tsx";
import { focusNeighbour } from "./focus-neighbour.ts";
import { FolderTabs } from "./folder-tabs.tsx";
import { UnreadBadge } from "./unread-badge.tsx";
import { UnreadFolds } from "./unread-folds.tsx";

/** Rows put into the page at first, and more with each screen that is scrolled. */
const ROWS = 60;

/** The chats: pinned ones on top, those of one folder, or those that are put away. */
export const ChatList = observer(function ChatList() {
  const { chats, ui } = useRoot();
  const [count, setCount] = useState(ROWS);
  const [menu, setMenu] = useState<ChatMenuTarget | null>(null);
  const [scroller, setScroller] = useState<HTMLElement | null>(null);
  const now = useNow(30_000);
  const all = chats.shown(ui.listed);
  const rows = all.slice(0, count);
  const entry = rows.some(({ chatId }) => chatId === ui.chatId) ? ui.chatId : rows[0]?.chatId;
  const openMenu = useCallback((chat: Chat, at: DOMRect) => setMenu({ chat, at }), []);
  const openFor = (element: Element): boolean => {
    const row = element.closest<HTMLElement>("[data-chat]");
    const chat = chats.get(row?.dataset.chat ?? "");
    if (row === null || chat === undefined) return false;
    openMenu(chat, row.getBoundingClientRect());
    return true;
  };
  const longPress = useLongPress(openFor);
  const onScroll = ({ currentTarget: { scrollTop, clientHeight, scrollHeight } }: UIEvent) => {
    if (scrollHeight - scrollTop < 2 * clientHeight && count < all.length) setCount(count + ROWS);
  };
  const onContextMenu = (event: MouseEvent) => {
    if (openFor(event.target as Element)) event.preventDefault();
  };
  return (
    <div className="list-area">
      {ui.listed.name === "archive" ? <ArchiveHead /> : <FolderTabs />}
      {/* biome-ignore lint/a11y/noStaticElementInteractions: the rows inside have the focus; their menu is for them */}
      <div className="list-scroll" ref={setScroller} onScroll={onScroll} onContextMenu={onContextMenu} {...longPress}>
        {ui.listed.name === "all" && chats.archived.length > 0 && <ArchiveRow />}
        {rows.length === 0 && <p className="result-note">{t("chats.noneHere")}</p>}
        <ul
          aria-label={t("chats.list")}
          onKeyDown={(event) => {
            if (event.altKey) return;
            if (event.key === "ArrowDown") focusNeighbour(event, 1);
            if (event.key === "ArrowUp") focusNeighbour(event, -1);
          }}
        >
          {rows.map((chat) => (
            <li key={chat.chatId}>
              <ChatRow
                chat={chat}
                now={now}
                current={chat.chatId === ui.chatId}
                isEntry={chat.chatId === entry}
                onMenu={openMenu}
              />
            </li>
          ))}
        </ul>
      </div>
      <UnreadFolds scroller={scroller} chats={all} rendered={rows.length} onMore={() => setCount(all.length)} />
      {menu !== null && <ChatMenu target={menu} onClose={() => setMenu(null)} />}
    </div>
  );
});

const ArchiveHead = observer(function ArchiveHead() {
  const { ui } = useRoot();
  return (
    <div className="list-part-head">
      <IconButton icon={ArrowLeft} label={t("chats.archiveBack")} onClick={() => ui.list({ name: "all" })} />
      <h3 className="list-part-title">{t("chats.archive")}</h3>
    </div>
  );
});

const ArchiveRow = observer(function ArchiveRow() {
  const { chats, ui } = useRoot();
  const unread = chats.archived.filter((chat) => chat.unread > 0).length;
  return (
    <button type="button" className="archive-row" data-row onClick={() => ui.list({ name: "archive" })}>
      <Archive aria-hidden="true" />
      <span>{t("chats.archived", { count: chats.archived.length })}</span>
      {unread > 0 && (
        <>
          <span className="unseen">{t("chats.archivedUnread", { count: unread })}</span>
          <UnreadBadge count={unread} quiet />
        </>
      )}
    </button>
  );
});
