import { observer } from "mobx-react-lite";
import { useEffect } from "react";
import { t } from "../../i18n/t.ts";
import type { Chat } from "../../model/chat.ts";
import { tintOf } from "../../model/face.ts";
import { previewOf } from "../../model/markup.ts";
import type { Message } from "../../model/message.ts";
import { useRoot } from "../root-context.ts";

/** The message that another one answers; leads there, wherever in the log it is. */
export const Quote = observer(function Quote({ chat, seq }: { chat: Chat; seq: number }) {
  const root = useRoot();
  const message = chat.at(seq);
  const unknown = message === undefined;
  useEffect(() => {
    if (unknown) chat.quotes.want(seq);
  }, [chat, seq, unknown]);
  if (message === null || (message?.kind === "text" && message.retracted)) {
    return <span className="quote quote-gone">{t("reply.gone")}</span>;
  }
  return (
    <button type="button" className="quote" onClick={() => void root.attempt(() => chat.show(seq))}>
      <QuotedWords message={message} />
    </button>
  );
});

export const QuotedWords = observer(function QuotedWords({ message }: { message: Message | undefined }) {
  const { people, session } = useRoot();
  if (message === undefined) return <span className="quote-text">{t("common.loading")}</span>;
  const mine = message.sender === session.userId;
  const name = mine ? t("common.you") : (people.name(message.sender) ?? t("common.somebody"));
  return (
    <>
      <span className="quote-sender" data-tint={tintOf(message.sender)}>
        {name}
      </span>
      <span className="quote-text">{message.kind === "text" ? previewOf(message.body.text) : t("reply.event")}</span>
    </>
  );
});
