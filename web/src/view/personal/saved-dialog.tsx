import { StarOff } from "lucide-react";
import { observer } from "mobx-react-lite";
import { useEffect, useState } from "react";
import { fullDate } from "../../i18n/dates.ts";
import { problemText } from "../../i18n/problem.ts";
import { t } from "../../i18n/t.ts";
import type { StarredMessage, Stars } from "../../model/stars.ts";
import { EmptyState } from "../parts/empty-state.tsx";
import { IconButton } from "../parts/icon-button.tsx";
import { Modal } from "../parts/modal.tsx";
import { useRoot } from "../root-context.ts";

/** Saved messages of all chats; a press goes to the message at its place. */
export const SavedDialog = observer(function SavedDialog() {
  const { ui, chats, newStars } = useRoot();
  const [stars] = useState(newStars);
  useEffect(() => void stars.load(), [stars]);
  // What was taken back, or lies in a chat that is not here, is nothing to go to.
  const shown = stars.found.filter(({ chatId, message }) => message !== null && chats.get(chatId) !== undefined);
  return (
    <Modal title={t("saved.title")} onClose={() => ui.show(null)}>
      {shown.length === 0 && stars.state === "loaded" && (
        <EmptyState title={t("saved.empty")} hint={t("saved.emptyHint")} />
      )}
      <ul className="kept-list">
        {shown.map((star) => (
          <SavedRow key={`${star.chatId}:${star.seq}`} star={star} stars={stars} />
        ))}
      </ul>
      <p className="result-note" role="status">
        {stars.state === "loading" && t("common.loading")}
        {stars.state === "failed" && stars.failure !== null && problemText(stars.failure)}
      </p>
      {(stars.more || stars.state === "failed") && (
        <button type="button" className="button button-quiet" onClick={() => void stars.load()}>
          {stars.state === "failed" ? t("common.retry") : t("saved.more")}
        </button>
      )}
    </Modal>
  );
});

const SavedRow = observer(function SavedRow({ star, stars }: { star: StarredMessage; stars: Stars }) {
  const root = useRoot();
  const { chats, people, session, ui } = root;
  const { message, chatId, seq } = star;
  if (message === null) return null;
  const mine = message.sender === session.userId;
  const sender = mine ? t("common.you") : (people.card(message.sender)?.displayName ?? t("common.somebody"));
  const title = chats.get(chatId)?.title ?? "";
  const text = message.kind === "text" ? message.body.text : t("saved.system");
  return (
    <li className="kept">
      <button type="button" className="kept-main" onClick={() => ui.openChat(chatId, seq)}>
        <span className="kept-head">{title === sender ? sender : t("saved.where", { sender, title })}</span>
        <span className="kept-text">{text}</span>
        <time className="kept-time" dateTime={new Date(message.sentAt).toISOString()}>
          {fullDate(message.sentAt)}
        </time>
      </button>
      <IconButton
        icon={StarOff}
        label={t("saved.remove")}
        onClick={() => void root.attempt(() => stars.remove(star))}
      />
    </li>
  );
});
