import { CircleStop, Copy, Eye, Pin, PinOff, RotateCcw, Trash2 } from "lucide-react";
import { DropdownMenu } from "radix-ui";
import { useRef, useState } from "react";
import { t } from "../../i18n/t.ts";
import type { Chat } from "../../model/chat.ts";
import type { TextMessage } from "../../model/message.ts";
import { copyText } from "../copy-text.ts";
import { EmojiPicker } from "../emoji/later-picker.ts";
import { RetractItem, SayingItems } from "../messages/menu-items.tsx";
import { MenuAnchor } from "../parts/menu-anchor.tsx";
import { OwnItems } from "../personal/own-items.tsx";
import { QuickReactions } from "../reactions/quick-reactions.tsx";
import { useRoot } from "../root-context.ts";

/** One menu for all messages: a menu in each of a thousand rows would be paid for while scrolling. */
export function MessageMenu({ chat, target, onClose }: MessageMenuProps) {
  const root = useRoot();
  const { message, at } = target;
  const [what, setWhat] = useState(target.what ?? "menu");
  // The menu closes, and something else opens in its place.
  const staying = useRef(false);
  // The composer has the focus.
  const writing = useRef(false);
  const { seq } = message;
  const words = message.file === undefined ? message.body.text : (message.file.caption ?? "");
  const focusMessage = () => document.querySelector<HTMLElement>(`[data-key="${message.key}"]`)?.focus();
  const copy = async () => {
    if (await copyText(words)) root.ui.tell({ kind: "copied" });
  };
  if (what === "emoji" && seq !== undefined) {
    const close = () => {
      onClose();
      focusMessage();
    };
    const pick = (emoji: string) => {
      close();
      void root.attempt(() => chat.reactions.toggle(seq, emoji));
    };
    return <EmojiPicker at={at} onPick={pick} onClose={close} />;
  }
  const toEmoji = () => {
    staying.current = true;
    setWhat("emoji");
  };
  const toComposer = () => {
    writing.current = true;
  };
  const acted = seq !== undefined && !message.retracted;
  return (
    <DropdownMenu.Root modal={false} open onOpenChange={(open) => open || staying.current || onClose()}>
      <MenuAnchor at={at} />
      <DropdownMenu.Content
        className="menu"
        align="start"
        sideOffset={4}
        collisionPadding={8}
        aria-label={t("message.menu")}
        onCloseAutoFocus={(event) => {
          event.preventDefault();
          if (!staying.current && !writing.current) focusMessage();
        }}
      >
        {acted && message.call === undefined && <QuickReactions chat={chat} seq={seq} onMore={toEmoji} />}
        {acted && <SayingItems chat={chat} message={message} seq={seq} onWrite={toComposer} />}
        {words !== "" && (
          <DropdownMenu.Item className="menu-item" onSelect={() => void copy()}>
            <Copy aria-hidden="true" />
            {t("message.copy")}
          </DropdownMenu.Item>
        )}
        {acted && chat.mayPin && (
          <DropdownMenu.Item
            className="menu-item"
            onSelect={() => void root.attempt(() => chat.pins.pin(seq, !chat.pins.has(seq)))}
          >
            {chat.pins.has(seq) ? <PinOff aria-hidden="true" /> : <Pin aria-hidden="true" />}
            {chat.pins.has(seq) ? t("pins.unpin") : t("pins.pin")}
          </DropdownMenu.Item>
        )}
        {acted && chat.tellsReaders && (
          <DropdownMenu.Item className="menu-item" onSelect={() => root.ui.show({ name: "messageInfo", seq })}>
            <Eye aria-hidden="true" />
            {t("info.open")}
          </DropdownMenu.Item>
        )}
        {acted && chat.mayClosePoll(message) && (
          <DropdownMenu.Item className="menu-item" onSelect={() => root.ui.show({ name: "closePoll", seq })}>
            <CircleStop aria-hidden="true" />
            {t("polls.close")}
          </DropdownMenu.Item>
        )}
        {seq !== undefined && <OwnItems chat={chat} seq={seq} retracted={message.retracted} />}
        {acted && <RetractItem chat={chat} message={message} seq={seq} />}
        {message.waiting?.name === "failed" && (
          <>
            <DropdownMenu.Item className="menu-item" onSelect={() => void root.attempt(() => chat.retry(message.key))}>
              <RotateCcw aria-hidden="true" />
              {t("message.retry")}
            </DropdownMenu.Item>
            <DropdownMenu.Item
              className="menu-item menu-item-danger"
              onSelect={() => void root.attempt(() => chat.discard(message.key))}
            >
              <Trash2 aria-hidden="true" />
              {t("message.delete")}
            </DropdownMenu.Item>
          </>
        )}
      </DropdownMenu.Content>
    </DropdownMenu.Root>
  );
}

export interface MenuTarget {
  readonly message: TextMessage;
  /** What is wanted at once; the menu unless said. */
  readonly what?: "menu" | "emoji" | undefined;
  readonly at: DOMRect;
}

export interface MessageMenuProps {
  readonly chat: Chat;
  readonly target: MenuTarget;
  readonly onClose: () => void;
}
