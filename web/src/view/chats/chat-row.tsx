import { AtSign, BellOff, Ellipsis, Pin } from "lucide-react";
import { observer } from "mobx-react-lite";
import type { MouseEvent } from "react";
import { shortMoment } from "../../i18n/dates.ts";
import { t } from "../../i18n/t.ts";
import type { Chat } from "../../model/chat.ts";
import { previewOf } from "../../model/markup.ts";
import { DeliveryTick } from "../conversation/delivery-tick.tsx";
import { useSystemText } from "../conversation/use-system-text.ts";
import { Avatar } from "../parts/avatar.tsx";
import { IconButton } from "../parts/icon-button.tsx";
import { useRoot } from "../root-context.ts";
import { UnreadBadge } from "./unread-badge.tsx";
import { useForesee } from "./use-foresee.ts";

/** One conversation in the list. `isEntry`: the row that Tab reaches; arrows go on from there. */
export const ChatRow = observer(function ChatRow({ chat, now, current, isEntry, onMenu }: ChatRowProps) {
  const { people, session, ui, drafts } = useRoot();
  const systemText = useSystemText();
  const foresee = useForesee(chat);
  const { newest, title, unread, mentions, own } = chat;
  const muted = own.isMuted(now);
  const draft = current ? "" : drafts.text(chat.chatId).trim();
  const presence = chat.peerId === undefined ? undefined : people.presence(chat.peerId)?.state;
  const mine = newest?.sender === session.userId;

  const said = () => {
    if (newest === null) return t("chats.noMessages");
    if (newest.kind === "system") return systemText(newest, chat);
    if (newest.retracted) return t("message.retracted");
    const text = firstLine(previewOf(newest.body.text));
    if (mine) return chat.isGroup ? t("chats.you", { text }) : text;
    if (!chat.isGroup) return text;
    return t("chats.sender", { name: people.name(newest.sender) ?? t("common.somebody"), text });
  };
  const typing = chat.typing.userIds.length > 0;
  const preview = typing ? t("chats.typing") : draft !== "" ? firstLine(draft) : said();
  const open = (event: MouseEvent) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    ui.openChat(chat.chatId);
  };
  return (
    <div className="chat-slot">
      <a
        href={`/c/${chat.chatId}`}
        className={unread > 0 ? "chat-row chat-row-unread" : "chat-row"}
        aria-current={current ? "page" : undefined}
        data-row
        data-chat={chat.chatId}
        tabIndex={isEntry ? 0 : -1}
        onClick={open}
        {...foresee}
      >
        <Avatar
          id={chat.peerId ?? chat.chatId}
          name={title}
          group={chat.isGroup}
          online={presence === "online"}
          away={presence === "away"}
        />
        <span className="chat-row-title">
          <span className="chat-row-name">{title}</span>
          {muted && <BellOff role="img" aria-label={t("chats.isMuted")} />}
          {!muted && own.mentionsOnly && <AtSign role="img" aria-label={t("chats.isMentionsOnly")} />}
        </span>
        <span className="chat-row-preview">
          {!typing && draft !== "" && <span className="chat-row-draft">{t("chats.draft")}</span>}
          {!typing && draft === "" && mine && newest?.kind === "text" && newest.call === undefined && (
            <DeliveryTick delivery={chat.deliveryOf(newest)} />
          )}
          <span className={typing ? "chat-row-typing" : undefined}>{preview}</span>
        </span>
        <time className="chat-row-time" dateTime={new Date(chat.activeAt).toISOString()}>
          {shortMoment(chat.activeAt, now)}
        </time>
        <span className="chat-row-marks">
          {own.pinnedAt > 0 && unread === 0 && <Pin role="img" aria-label={t("chats.isPinned")} />}
          {mentions > 0 && (
            <span className="badge badge-mention" role="img" aria-label={t("chats.mentions", { count: mentions })}>
              <AtSign aria-hidden="true" />
            </span>
          )}
          {unread > 0 && (
            <>
              <span className="unseen">{t("chats.unread", { count: unread })}</span>
              <UnreadBadge count={unread} quiet={muted || (own.mentionsOnly && mentions === 0)} />
            </>
          )}
        </span>
      </a>
      {onMenu !== undefined && (
        <IconButton
          icon={Ellipsis}
          label={t("chats.menuOf", { title })}
          className="chat-row-more"
          tabIndex={-1}
          onClick={(event) => onMenu(chat, event.currentTarget.getBoundingClientRect())}
        />
      )}
    </div>
  );
});

interface ChatRowProps {
  readonly chat: Chat;
  readonly now: number;
  /** It is open. Told, and not asked: or every row would be drawn again when another chat is opened. */
  readonly current: boolean;
  readonly isEntry: boolean;
  /** Absent where a row has no menu. */
  readonly onMenu?: (chat: Chat, at: DOMRect) => void;
}

/** Enough for the widest row. */
function firstLine(text: string): string {
  return (text.trim().split("\n", 1)[0] ?? "").slice(0, 160);
}
