import { observer } from "mobx-react-lite";
import { type UIEvent, useState } from "react";
import { t } from "../../i18n/t.ts";
import { useRoot } from "../root-context.ts";
import { useNow } from "../use-now.ts";
import { ChatRow } from "./chat-row.tsx";
import { focusNeighbour } from "./focus-neighbour.ts";

/** Rows put into the page at first, and more with each screen that is scrolled. */
const ROWS = 60;

export const ChatList = observer(function ChatList() {
  const { chats, ui } = useRoot();
  const [count, setCount] = useState(ROWS);
  const now = useNow(30_000);
  const rows = chats.sorted.slice(0, count);
  const entry = rows.some(({ chatId }) => chatId === ui.chatId) ? ui.chatId : rows[0]?.chatId;
  const onScroll = ({ currentTarget: { scrollTop, clientHeight, scrollHeight } }: UIEvent) => {
    if (scrollHeight - scrollTop < 2 * clientHeight && count < chats.sorted.length) setCount(count + ROWS);
  };
  return (
    <div className="list-scroll" onScroll={onScroll}>
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
            <ChatRow chat={chat} now={now} isEntry={chat.chatId === entry} />
          </li>
        ))}
      </ul>
    </div>
  );
});
