import type { PollBody, PollState } from "@parley/protocol";
import { Check } from "lucide-react";
import { observer } from "mobx-react-lite";
import { useEffect, useState } from "react";
import { fullDate } from "../../i18n/dates.ts";
import { t } from "../../i18n/t.ts";
import type { Chat } from "../../model/chat.ts";
import type { TextMessage } from "../../model/message.ts";
import { useReactedText } from "../reactions/use-reacted-text.ts";
import { useRoot } from "../root-context.ts";

/** A question with its answers so far. A touch on an answer votes for it, or takes the vote back. */
export const PollCard = observer(function PollCard({ chat, message, poll }: PollCardProps) {
  const root = useRoot();
  const { seq } = message;
  const { polls } = chat;
  const [busy, setBusy] = useState(false);
  useEffect(() => (seq === undefined ? undefined : polls.watch(seq)), [polls, seq]);
  const state = seq === undefined ? undefined : polls.state(seq);
  const closed = state?.closed === true;
  const mine = state?.mine ?? [];
  const reactedText = useReactedText();
  const namesOf = (option: number) => {
    const names = state?.people?.[option] ?? [];
    return names.length === 0
      ? undefined
      : reactedText({ people: names, count: state?.counts[option] ?? names.length });
  };
  const choose = async (option: number) => {
    if (seq === undefined) return;
    const others = poll.multiple ? mine.filter((one) => one !== option) : [];
    setBusy(true);
    await root.attempt(() => polls.vote(seq, mine.includes(option) ? others : [...others, option]));
    setBusy(false);
  };
  return (
    <div className="poll">
      <p className="poll-question">{poll.question}</p>
      <p className="poll-kind">{kindOf(poll, closed)}</p>
      <ul className="poll-options">
        {poll.options.map((option, at) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: options may be the same; their places are what they are
          <li key={at}>
            <button
              type="button"
              className="poll-option"
              aria-pressed={mine.includes(at)}
              disabled={closed || busy || seq === undefined}
              title={namesOf(at)}
              onClick={() => void choose(at)}
            >
              <span className="poll-mark" data-many={poll.multiple ? "" : undefined}>
                {mine.includes(at) && <Check aria-hidden="true" />}
              </span>
              <span className="poll-text">{option}</span>
              <span className="poll-count">{t("polls.votes", { count: state?.counts[at] ?? 0 })}</span>
              <span className="poll-bar">
                <span style={{ width: `${shareOf(state, at) * 100}%` }} />
              </span>
            </button>
          </li>
        ))}
      </ul>
      <p className="poll-foot">
        <span>{t("polls.voters", { count: state?.voters ?? 0 })}</span>
        {poll.closesAt !== undefined && !closed && (
          <span>{t("polls.closesAt", { when: fullDate(poll.closesAt) })}</span>
        )}
      </p>
    </div>
  );
});

interface PollCardProps {
  readonly chat: Chat;
  readonly message: TextMessage;
  readonly poll: PollBody;
}

/** Of those who voted, how many chose it: 0 to 1. */
function shareOf(state: PollState | undefined, option: number): number {
  return state === undefined || state.voters === 0 ? 0 : (state.counts[option] ?? 0) / state.voters;
}

function kindOf(poll: PollBody, closed: boolean): string {
  const kind = poll.anonymous ? t("polls.anonymous") : t("polls.public");
  if (closed) return t("polls.closedKind", { kind });
  return poll.multiple ? t("polls.multipleKind", { kind }) : kind;
}
