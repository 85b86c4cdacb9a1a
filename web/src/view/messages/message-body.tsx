import type { TextBody } from "@parley/protocol";
import { Forward } from "lucide-react";
import { observer } from "mobx-react-lite";
import { useEffect } from "react";
import { t } from "../../i18n/t.ts";
import type { Chat } from "../../model/chat.ts";
import { EVERYONE } from "../../model/mentions.ts";
import type { TextMessage } from "../../model/message.ts";
import { NamingText, RichText } from "../conversation/rich-text.tsx";
import { FileView } from "../files/file-view.tsx";
import { PollCard } from "../polls/poll-card.tsx";
import { useRoot } from "../root-context.ts";
import { CollectionCard } from "./collection-card.tsx";
import { ContactCard } from "./contact-card.tsx";
import { PlaceCard } from "./place-card.tsx";
import { Quote } from "./quote.tsx";

/** What a message says, of whatever kind. */
export const MessageBody = observer(function MessageBody({ chat, message }: { chat: Chat; message: TextMessage }) {
  if (message.retracted) return <span className="bubble-gone">{t("message.retracted")}</span>;
  const { body } = message;
  return (
    <>
      {body.forwarded !== undefined && <ForwardedFrom userId={body.forwarded.userId} />}
      {body.replyTo !== undefined && <Quote chat={chat} seq={body.replyTo} />}
      <Said chat={chat} message={message} />
    </>
  );
});

function Said({ chat, message }: { chat: Chat; message: TextMessage }) {
  const { poll, place, contact, items, file, copying, body } = message;
  const at = message.seq === undefined ? null : { chatId: chat.chatId, seq: message.seq };
  if (copying !== undefined) {
    const text = copying === "contact" ? t("contactCard.copying") : t("forward.copying");
    return <span className="bubble-gone">{text}</span>;
  }
  if (poll !== undefined) return <PollCard chat={chat} message={message} poll={poll} />;
  if (place !== undefined) return <PlaceCard place={place} />;
  if (contact !== undefined) return <ContactCard user={contact} />;
  if (items !== undefined) return <CollectionCard items={items} place={at} />;
  if (file !== undefined) return <FileView place={at} file={file} />;
  if (body.mentions !== undefined || body.mentionAll === true) return <Mentioning body={body} />;
  return <RichText text={body.text} />;
}

const Mentioning = observer(function Mentioning({ body }: { body: TextBody }) {
  const { people } = useRoot();
  const { text, mentions = [], mentionAll } = body;
  useEffect(() => people.want(body.mentions ?? []), [people, body]);
  const handles = mentions.flatMap((userId) => people.card(userId)?.handle.toLowerCase() ?? []);
  return <NamingText text={text} names={new Set(mentionAll === true ? [...handles, EVERYONE] : handles)} />;
});

const ForwardedFrom = observer(function ForwardedFrom({ userId }: { userId: string }) {
  const { people } = useRoot();
  return (
    <span className="forwarded">
      <Forward aria-hidden="true" />
      {t("forward.from", { name: people.name(userId) ?? t("common.somebody") })}
    </span>
  );
});
