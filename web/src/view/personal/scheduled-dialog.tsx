import type { ScheduledMessage } from "@parley/protocol";
import { Pencil, Trash2 } from "lucide-react";
import { observer } from "mobx-react-lite";
import { useEffect } from "react";
import { fullDate } from "../../i18n/dates.ts";
import { fileWords } from "../../i18n/file-text.ts";
import { problemText } from "../../i18n/problem.ts";
import { t } from "../../i18n/t.ts";
import { EmptyState } from "../parts/empty-state.tsx";
import { IconButton } from "../parts/icon-button.tsx";
import { Modal } from "../parts/modal.tsx";
import { useRoot } from "../root-context.ts";

/** What will be sent later, and what could not be sent and why. */
export const ScheduledDialog = observer(function ScheduledDialog() {
  const { ui, scheduled } = useRoot();
  const { messages, loaded, failure } = scheduled;
  useEffect(() => void scheduled.refresh(), [scheduled]);
  return (
    <Modal title={t("scheduled.title")} onClose={() => ui.show(null)}>
      {loaded && messages.length === 0 && <EmptyState title={t("scheduled.empty")} hint={t("scheduled.emptyHint")} />}
      {failure !== null && (
        <p className="result-note" role="status">
          {problemText(failure)}
        </p>
      )}
      <ul className="kept-list">
        {messages.map((message) => (
          <ScheduledRow key={message.clientId} message={message} />
        ))}
      </ul>
    </Modal>
  );
});

const ScheduledRow = observer(function ScheduledRow({ message }: { message: ScheduledMessage }) {
  const root = useRoot();
  const { chats, ui, scheduled } = root;
  const { chatId, clientId, at, failed } = message;
  const chat = chats.get(chatId);
  return (
    <li className="kept">
      <div className="kept-main">
        <span className="kept-head">
          {chat === undefined ? t("scheduled.toGone") : t("scheduled.to", { title: chat.title })}
        </span>
        <span className="kept-text">{wordsOf(message)}</span>
        {failed === undefined ? (
          <time className="kept-time" dateTime={new Date(at).toISOString()}>
            {fullDate(at)}
          </time>
        ) : (
          <span className="kept-failed">
            {t("scheduled.failed", { why: problemText({ name: failed, retryAfterMs: 0 }) })}
          </span>
        )}
      </div>
      {chat !== undefined && (
        <IconButton
          icon={Pencil}
          label={t("scheduled.change")}
          onClick={() => ui.show({ name: "sendLater", chatId, clientId })}
        />
      )}
      <IconButton
        icon={Trash2}
        label={t("scheduled.cancel")}
        onClick={() => void root.attempt(() => scheduled.cancel(clientId))}
      />
    </li>
  );
});

function wordsOf({ content }: ScheduledMessage): string {
  switch (content.kind) {
    case "text":
      return content.body.text;
    case "poll":
      return content.body.question;
    case "location":
      return content.body.label ?? t("scheduled.location");
    case "contact":
      return t("scheduled.contact");
    case "forward":
      return t("scheduled.forward");
    default:
      return fileWords({ ...content.body, kind: content.kind });
  }
}
