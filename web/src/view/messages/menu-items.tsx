import { CheckCheck, Forward, Pencil, Reply, Undo2 } from "lucide-react";
import { DropdownMenu } from "radix-ui";
import { t } from "../../i18n/t.ts";
import type { Chat } from "../../model/chat.ts";
import type { TextMessage } from "../../model/message.ts";
import { useRoot } from "../root-context.ts";
import { beginEdit } from "./begin-edit.ts";
import { isForwardable } from "./forwardable.ts";

/** What goes on from a message that is stored. `onWrite`: the composer takes the focus. */
export function SayingItems({ chat, message, seq, onWrite }: MenuItemsProps & { onWrite: () => void }) {
  const root = useRoot();
  const reply = () => {
    onWrite();
    chat.writing.begin({ name: "reply", to: message });
  };
  const edit = () => {
    onWrite();
    beginEdit(root, chat, message);
  };
  return (
    <>
      <DropdownMenu.Item className="menu-item" onSelect={reply}>
        <Reply aria-hidden="true" />
        {t("reply.open")}
      </DropdownMenu.Item>
      {chat.mayEdit(message, Date.now(), root.session.retractMs) && (
        <DropdownMenu.Item className="menu-item" onSelect={edit}>
          <Pencil aria-hidden="true" />
          {t("edit.open")}
        </DropdownMenu.Item>
      )}
      {isForwardable(message) && (
        <DropdownMenu.Item className="menu-item" onSelect={() => root.ui.show({ name: "forward", seqs: [seq] })}>
          <Forward aria-hidden="true" />
          {t("forward.open")}
        </DropdownMenu.Item>
      )}
      <DropdownMenu.Item className="menu-item" onSelect={() => chat.selection.begin(seq)}>
        <CheckCheck aria-hidden="true" />
        {t("select.open")}
      </DropdownMenu.Item>
    </>
  );
}

export function RetractItem({ chat, message, seq }: MenuItemsProps) {
  const { ui, session } = useRoot();
  if (!chat.mayRetract(message, Date.now(), session.retractMs)) return null;
  return (
    <DropdownMenu.Item
      className="menu-item menu-item-danger"
      onSelect={() => ui.show({ name: "retract", seqs: [seq] })}
    >
      <Undo2 aria-hidden="true" />
      {t("retract.open")}
    </DropdownMenu.Item>
  );
}

interface MenuItemsProps {
  readonly chat: Chat;
  readonly message: TextMessage;
  readonly seq: number;
}
