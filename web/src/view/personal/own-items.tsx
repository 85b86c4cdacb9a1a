import { EyeOff, Link, Star, StarOff } from "lucide-react";
import { observer } from "mobx-react-lite";
import { DropdownMenu } from "radix-ui";
import { t } from "../../i18n/t.ts";
import type { Chat } from "../../model/chat.ts";
import { messagePath } from "../../model/message-link.ts";
import { copyText } from "../copy-text.ts";
import { useRoot } from "../root-context.ts";

/** Of a message's menu: what concerns nobody else. */
export const OwnItems = observer(function OwnItems({ chat, seq, retracted }: OwnItemsProps) {
  const root = useRoot();
  const starred = chat.own.stars.has(seq);
  const star = async () => {
    await chat.own.star(seq, !starred);
    root.ui.tell({ kind: starred ? "unstarred" : "starred" });
  };
  const copyLink = async () => {
    const link = new URL(messagePath(chat.chatId, seq), location.origin).href;
    if (await copyText(link)) root.ui.tell({ kind: "linkCopied" });
  };
  return (
    <>
      {!retracted && (
        <DropdownMenu.Item className="menu-item" onSelect={() => void root.attempt(star)}>
          {starred ? <StarOff aria-hidden="true" /> : <Star aria-hidden="true" />}
          {starred ? t("saved.remove") : t("saved.save")}
        </DropdownMenu.Item>
      )}
      <DropdownMenu.Item className="menu-item" onSelect={() => void copyLink()}>
        <Link aria-hidden="true" />
        {t("message.copyLink")}
      </DropdownMenu.Item>
      <DropdownMenu.Item
        className="menu-item menu-item-danger"
        onSelect={() => root.ui.show({ name: "hideMessage", seq })}
      >
        <EyeOff aria-hidden="true" />
        {t("message.hide")}
      </DropdownMenu.Item>
    </>
  );
});

interface OwnItemsProps {
  readonly chat: Chat;
  readonly seq: number;
  readonly retracted: boolean;
}
