import { Ellipsis } from "lucide-react";
import { observer } from "mobx-react-lite";
import { useState } from "react";
import { dayName, timeOfDay } from "../../i18n/dates.ts";
import { problemText } from "../../i18n/problem.ts";
import { t } from "../../i18n/t.ts";
import type { Chat } from "../../model/chat.ts";
import { tintOf } from "../../model/face.ts";
import type { SystemMessage, TextMessage } from "../../model/message.ts";
import type { Row } from "../../model/rows.ts";
import { isFewEmoji } from "../../model/text-runs.ts";
import { CallCard } from "../calls/call-card.tsx";
import { isTyping } from "../composer/typed-at.ts";
import { MessageBody } from "../messages/message-body.tsx";
import { Avatar } from "../parts/avatar.tsx";
import { IconButton } from "../parts/icon-button.tsx";
import { MessageMarks } from "../personal/message-marks.tsx";
import { ReactionBar } from "../reactions/reaction-bar.tsx";
import { useRoot } from "../root-context.ts";
import { DeliveryTick } from "./delivery-tick.tsx";
import type { MenuTarget } from "./message-menu.tsx";
import { useSystemText } from "./use-system-text.ts";

/** What is younger than this when it first shows came in just now, and moves into place. */
const FRESH_MS = 1_500;
/** Which of those moves that come closer together nobody sees; and each would have the whole log drawn again, frame by frame. */
const CROWD_MS = 300;

/** One row of the timeline with what stands above it. */
export const MessageLine = observer(function MessageLine({ chat, row, now, onMenu }: MessageLineProps) {
  const { message } = row;
  return (
    <div className={row.starts ? "line line-first" : "line"}>
      {row.newDay && (
        <div className="separator">
          <span>{dayName(message.sentAt, now)}</span>
        </div>
      )}
      {row.divider && <div className="divider">{t("chat.unreadDivider")}</div>}
      {message.kind === "system" ? (
        <SystemLine message={message} chat={chat} />
      ) : message.call !== undefined ? (
        <CallCard chat={chat} message={message} call={message.call} mine={row.mine} />
      ) : (
        <TextLine message={message} chat={chat} row={row} onMenu={onMenu} />
      )}
    </div>
  );
});

interface MessageLineProps {
  readonly chat: Chat;
  readonly row: Row;
  readonly now: number;
  readonly onMenu: (message: TextMessage, at: DOMRect, what?: MenuTarget["what"]) => void;
}

const SystemLine = observer(function SystemLine({ message, chat }: { message: SystemMessage; chat: Chat }) {
  const text = useSystemText()(message, chat);
  return (
    <p className="system-line" data-key={message.key} data-seq={message.seq} tabIndex={-1}>
      {text}
    </p>
  );
});

const TextLine = observer(function TextLine({ message, chat, row, onMenu }: TextLineProps) {
  const { people, connection } = useRoot();
  const [fresh] = useState(() => movesIn(message.sentAt));
  const name = people.name(message.sender) ?? t("common.somebody");
  const delivery = row.mine ? chat.deliveryOf(message) : null;
  const text = message.retracted ? t("message.retracted") : message.body.text;
  const time = timeOfDay(message.sentAt);
  const words = { sender: row.mine ? t("common.you") : name, text, time };
  const state = delivery === null ? null : deliveryWord(delivery, chat, message, connection.online);
  const withFaces = chat.isGroup && !row.mine;
  const classes = ["message"];
  if (row.mine) classes.push("message-mine");
  if (withFaces) classes.push("message-group");
  if (row.starts) classes.push("message-starts");
  if (row.ends) classes.push("message-ends");
  if (delivery === "failed") classes.push("message-failed");
  if (chat.target !== null && chat.target.seq === message.seq) classes.push("message-target");
  const { selection } = chat;
  const picked = selection.on && selection.has(message.seq);
  if (picked) classes.push("message-picked");
  if (fresh) classes.push("message-fresh");
  if (!message.retracted && isPlain(message) && isFewEmoji(text)) classes.push("message-emoji");
  return (
    <article
      className={classes.join(" ")}
      data-key={message.key}
      data-seq={message.seq}
      tabIndex={-1}
      aria-label={state === null ? t("message.label", words) : t("message.labelState", { ...words, state })}
    >
      {selection.on && message.seq !== undefined && !message.retracted && (
        <PickBox picked={picked} onToggle={() => selection.toggle(message.seq ?? 0)} label={t("select.pick", words)} />
      )}
      {withFaces && (row.ends ? <Avatar id={message.sender} name={name} /> : <span />)}
      <div className="bubble-row">
        <div className="bubble">
          {withFaces && row.starts && (
            <span className="bubble-sender" data-tint={tintOf(message.sender)}>
              {name}
            </span>
          )}
          <MessageBody chat={chat} message={message} />
          <span className="bubble-meta" title={state ?? undefined}>
            <MessageMarks chat={chat} message={message} />
            {message.edited && message.seq !== undefined && <EditedMark seq={message.seq} />}
            <span>{time}</span>
            {delivery !== null && <DeliveryTick delivery={delivery} />}
          </span>
        </div>
        <IconButton
          icon={Ellipsis}
          label={t("message.more")}
          className="message-more"
          tabIndex={-1}
          onClick={(event) => onMenu(message, event.currentTarget.getBoundingClientRect())}
        />
      </div>
      {!message.retracted && (
        <ReactionBar chat={chat} seq={message.seq} onMore={(at) => onMenu(message, at, "emoji")} />
      )}
      {message.waiting?.name === "failed" && <Trouble chat={chat} message={message} why={message.waiting.why} />}
    </article>
  );
});

let lastCameAt = Number.NEGATIVE_INFINITY;

function movesIn(sentAt: number): boolean {
  const now = Date.now();
  if (now - sentAt >= FRESH_MS) return false;
  const alone = now - lastCameAt > CROWD_MS && !isTyping();
  lastCameAt = now;
  return alone;
}

/** Covers the message: while messages are picked, nothing in them is pressed. */
function PickBox({ picked, label, onToggle }: { picked: boolean; label: string; onToggle: () => void }) {
  return <input type="checkbox" className="pick-box" checked={picked} aria-label={label} onChange={onToggle} />;
}

function isPlain({ poll, place, contact, items, file, body }: TextMessage): boolean {
  return (poll ?? place ?? contact ?? items ?? file) === undefined && body.replyTo === undefined;
}

/** Opens what the message said before. */
function EditedMark({ seq }: { seq: number }) {
  const { ui } = useRoot();
  return (
    <button type="button" className="edited-mark" onClick={() => ui.show({ name: "versions", seq })}>
      {t("message.edited")}
    </button>
  );
}

interface TextLineProps {
  readonly message: TextMessage;
  readonly chat: Chat;
  readonly row: Row;
  readonly onMenu: (message: TextMessage, at: DOMRect, what?: MenuTarget["what"]) => void;
}

function Trouble({ chat, message, why }: { chat: Chat; message: TextMessage; why: string }) {
  const root = useRoot();
  return (
    <div className="message-trouble">
      <span>{t("message.notSent", { why: problemText({ name: why, retryAfterMs: 0 }) })}</span>
      <button
        type="button"
        className="button button-text"
        onClick={() => void root.attempt(() => chat.retry(message.key))}
      >
        {t("message.retry")}
      </button>
      <button
        type="button"
        className="button button-danger-text"
        onClick={() => void root.attempt(() => chat.discard(message.key))}
      >
        {t("message.delete")}
      </button>
    </div>
  );
}

function deliveryWord(delivery: string, chat: Chat, message: TextMessage, online: boolean): string {
  switch (delivery) {
    case "sending":
      return online ? t("message.sending") : t("message.waiting");
    case "failed":
      return t("message.failed");
    case "delivered":
      return t("message.delivered");
    case "read":
      return chat.isGroup ? t("message.readBy", { count: chat.readersOf(message.seq ?? 0) }) : t("message.read");
    default:
      return t("message.sent");
  }
}
