import type { Reaction } from "@parley/protocol";
import { SmilePlus } from "lucide-react";
import { observer } from "mobx-react-lite";
import { t } from "../../i18n/t.ts";
import type { Chat } from "../../model/chat.ts";
import { useRoot } from "../root-context.ts";
import { useReactedText } from "./use-reacted-text.ts";

/** What people have put on a message. A touch adds or takes one's own; `onMore`: any other emoji. */
export const ReactionBar = observer(function ReactionBar({ chat, seq, onMore }: ReactionBarProps) {
  const reactions = chat.reactions.of(seq);
  if (seq === undefined || reactions.length === 0) return null;
  return (
    <div className="reactions" role="group" aria-label={t("reactions.label")}>
      {reactions.map((reaction) => (
        <Chip key={reaction.emoji} chat={chat} seq={seq} reaction={reaction} />
      ))}
      <button
        type="button"
        className="reaction reaction-more"
        aria-label={t("reactions.add")}
        title={t("reactions.add")}
        tabIndex={-1}
        onClick={(event) => onMore(event.currentTarget.getBoundingClientRect())}
      >
        <SmilePlus aria-hidden="true" />
      </button>
    </div>
  );
});

interface ReactionBarProps {
  readonly chat: Chat;
  readonly seq: number | undefined;
  readonly onMore: (at: DOMRect) => void;
}

const Chip = observer(function Chip({ chat, seq, reaction }: { chat: Chat; seq: number; reaction: Reaction }) {
  const root = useRoot();
  const who = useReactedText()(reaction);
  const { emoji, count, mine } = reaction;
  return (
    <button
      type="button"
      className="reaction"
      aria-pressed={mine}
      aria-label={t("reactions.chip", { emoji, count, who })}
      title={who}
      tabIndex={-1}
      onClick={() => void root.attempt(() => chat.reactions.toggle(seq, emoji))}
    >
      <span aria-hidden="true">{emoji}</span>
      <span className="reaction-count">{count}</span>
    </button>
  );
});
