import { SmilePlus } from "lucide-react";
import { observer } from "mobx-react-lite";
import { DropdownMenu } from "radix-ui";
import { t } from "../../i18n/t.ts";
import type { Chat } from "../../model/chat.ts";
import { useRoot } from "../root-context.ts";

/** What most people say most of the time. */
const QUICK = ["👍", "❤️", "😂", "😮", "😢", "🎉"] as const;

/** The first row of a message's menu. */
export const QuickReactions = observer(function QuickReactions({ chat, seq, onMore }: QuickReactionsProps) {
  const root = useRoot();
  return (
    <DropdownMenu.Group className="quick-reactions" aria-label={t("reactions.quick")}>
      {QUICK.map((emoji) => (
        <DropdownMenu.Item
          key={emoji}
          className="quick-reaction"
          aria-label={t("reactions.with", { emoji })}
          data-mine={chat.reactions.isMine(seq, emoji) ? "" : undefined}
          onSelect={() => void root.attempt(() => chat.reactions.toggle(seq, emoji))}
        >
          {emoji}
        </DropdownMenu.Item>
      ))}
      <DropdownMenu.Item className="quick-reaction" aria-label={t("reactions.add")} onSelect={onMore}>
        <SmilePlus aria-hidden="true" />
      </DropdownMenu.Item>
    </DropdownMenu.Group>
  );
});

interface QuickReactionsProps {
  readonly chat: Chat;
  readonly seq: number;
  readonly onMore: () => void;
}
