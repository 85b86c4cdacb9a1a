import {
  Archive,
  ArchiveRestore,
  AtSign,
  Bell,
  BellOff,
  Check,
  CheckCheck,
  ChevronRight,
  Folder,
  FolderPlus,
  Pin,
  PinOff,
} from "lucide-react";
import { observer } from "mobx-react-lite";
import { DropdownMenu } from "radix-ui";
import { t } from "../../i18n/t.ts";
import type { Chat } from "../../model/chat.ts";
import { FOR_EVER_MS } from "../../model/own.ts";
import { MenuAnchor } from "../parts/menu-anchor.tsx";
import { useRoot } from "../root-context.ts";

const HOUR_MS = 3_600_000;
/** A phone has no room for a menu beside a menu: there it lies over it. */
const NARROW = window.matchMedia("(max-width: 40rem)");
const besideOffset = () => (NARROW.matches ? -96 : 2);

/** One menu for all rows of the list. */
export const ChatMenu = observer(function ChatMenu({ target: { chat, at }, onClose }: ChatMenuProps) {
  const { clock, ui } = useRoot();
  const { own } = chat;
  const now = clock.now();
  return (
    <DropdownMenu.Root modal={false} open onOpenChange={(open) => open || onClose()}>
      <MenuAnchor at={at} />
      <DropdownMenu.Content
        className="menu"
        align="end"
        sideOffset={-8}
        collisionPadding={8}
        aria-label={t("chats.menuOf", { title: chat.title })}
        onCloseAutoFocus={(event) => {
          event.preventDefault();
          if (ui.dialog === null) document.querySelector<HTMLElement>(`[data-chat="${chat.chatId}"]`)?.focus();
        }}
      >
        <DropdownMenu.Item className="menu-item" onSelect={() => own.pin(own.pinnedAt > 0 ? null : now)}>
          {own.pinnedAt > 0 ? <PinOff aria-hidden="true" /> : <Pin aria-hidden="true" />}
          {own.pinnedAt > 0 ? t("chats.unpin") : t("chats.pin")}
        </DropdownMenu.Item>
        {chat.unread > 0 && (
          <DropdownMenu.Item className="menu-item" onSelect={() => chat.markSeen(chat.timeline.head)}>
            <CheckCheck aria-hidden="true" />
            {t("chats.markRead")}
          </DropdownMenu.Item>
        )}
        {own.isMuted(now) ? (
          <DropdownMenu.Item className="menu-item" onSelect={() => own.mute(null)}>
            <Bell aria-hidden="true" />
            {t("chats.unmute")}
          </DropdownMenu.Item>
        ) : (
          <MuteMenu chat={chat} now={now} />
        )}
        <DropdownMenu.CheckboxItem
          className="menu-item"
          checked={own.mentionsOnly}
          onCheckedChange={(on) => own.setMentionsOnly(on)}
        >
          <AtSign aria-hidden="true" />
          {t("chats.mentionsOnly")}
          <Checked />
        </DropdownMenu.CheckboxItem>
        <FolderMenu chat={chat} />
        <DropdownMenu.Item className="menu-item" onSelect={() => own.archive(!own.archived)}>
          {own.archived ? <ArchiveRestore aria-hidden="true" /> : <Archive aria-hidden="true" />}
          {own.archived ? t("chats.unarchive") : t("chats.putAway")}
        </DropdownMenu.Item>
      </DropdownMenu.Content>
    </DropdownMenu.Root>
  );
});

export interface ChatMenuTarget {
  readonly chat: Chat;
  readonly at: DOMRect;
}

export interface ChatMenuProps {
  readonly target: ChatMenuTarget;
  readonly onClose: () => void;
}

function MuteMenu({ chat, now }: { chat: Chat; now: number }) {
  return (
    <DropdownMenu.Sub>
      <DropdownMenu.SubTrigger className="menu-item">
        <BellOff aria-hidden="true" />
        {t("chats.mute")}
        <ChevronRight className="menu-item-more" aria-hidden="true" />
      </DropdownMenu.SubTrigger>
      <DropdownMenu.SubContent className="menu menu-beside" sideOffset={besideOffset()} collisionPadding={8}>
        <DropdownMenu.Item className="menu-item" onSelect={() => chat.own.mute(now + HOUR_MS)}>
          {t("chats.muteHour")}
        </DropdownMenu.Item>
        <DropdownMenu.Item className="menu-item" onSelect={() => chat.own.mute(now + 8 * HOUR_MS)}>
          {t("chats.muteEightHours")}
        </DropdownMenu.Item>
        <DropdownMenu.Item className="menu-item" onSelect={() => chat.own.mute(FOR_EVER_MS)}>
          {t("chats.muteForEver")}
        </DropdownMenu.Item>
      </DropdownMenu.SubContent>
    </DropdownMenu.Sub>
  );
}

const FolderMenu = observer(function FolderMenu({ chat }: { chat: Chat }) {
  const { chats, ui } = useRoot();
  const file = (folder: string, on: boolean) => {
    if (!chat.own.file(folder, on)) ui.tell({ kind: "foldersFull" });
  };
  return (
    <DropdownMenu.Sub>
      <DropdownMenu.SubTrigger className="menu-item">
        <Folder aria-hidden="true" />
        {t("chats.folders")}
        <ChevronRight className="menu-item-more" aria-hidden="true" />
      </DropdownMenu.SubTrigger>
      <DropdownMenu.SubContent className="menu menu-beside" sideOffset={besideOffset()} collisionPadding={8}>
        {chats.folders.map((folder) => (
          <DropdownMenu.CheckboxItem
            key={folder}
            className="menu-item"
            checked={chat.own.folders.includes(folder)}
            onCheckedChange={(on) => file(folder, on)}
          >
            <span className="menu-item-name">{folder}</span>
            <Checked />
          </DropdownMenu.CheckboxItem>
        ))}
        <DropdownMenu.Item className="menu-item" onSelect={() => ui.show({ name: "newFolder", chatId: chat.chatId })}>
          <FolderPlus aria-hidden="true" />
          {t("chats.newFolder")}
        </DropdownMenu.Item>
      </DropdownMenu.SubContent>
    </DropdownMenu.Sub>
  );
});

function Checked() {
  return (
    <DropdownMenu.ItemIndicator className="menu-item-more">
      <Check aria-hidden="true" />
    </DropdownMenu.ItemIndicator>
  );
}
