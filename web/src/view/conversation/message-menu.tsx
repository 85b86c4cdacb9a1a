import { Copy, RotateCcw, Trash2 } from "lucide-react";
import { DropdownMenu } from "radix-ui";
import { t } from "../../i18n/t.ts";
import type { Chat } from "../../model/chat.ts";
import type { TextMessage } from "../../model/message.ts";
import { copyText } from "../copy-text.ts";
import { useRoot } from "../root-context.ts";

/** One menu for all messages: a menu in each of a thousand rows would be paid for while scrolling. */
export function MessageMenu({ chat, target, onClose }: MessageMenuProps) {
  const root = useRoot();
  const { message, at } = target;
  const copy = async () => {
    if (await copyText(message.body.text)) root.ui.tell({ kind: "copied" });
  };
  return (
    <DropdownMenu.Root modal={false} open onOpenChange={(open) => open || onClose()}>
      <DropdownMenu.Trigger asChild>
        <span
          aria-hidden="true"
          style={{
            position: "fixed",
            left: at.left,
            top: at.top,
            width: at.width,
            height: at.height,
            pointerEvents: "none",
          }}
        />
      </DropdownMenu.Trigger>
      <DropdownMenu.Content
        className="menu"
        align="start"
        sideOffset={4}
        collisionPadding={8}
        aria-label={t("message.menu")}
        onCloseAutoFocus={(event) => {
          event.preventDefault();
          document.querySelector<HTMLElement>(`[data-key="${message.key}"]`)?.focus();
        }}
      >
        <DropdownMenu.Item className="menu-item" onSelect={() => void copy()}>
          <Copy aria-hidden="true" />
          {t("message.copy")}
        </DropdownMenu.Item>
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
  readonly at: DOMRect;
}

interface MessageMenuProps {
  readonly chat: Chat;
  readonly target: MenuTarget;
  readonly onClose: () => void;
}
