import type { ForwardItem } from "@parley/protocol";
import { Forward } from "lucide-react";
import { timeOfDay } from "../../i18n/dates.ts";
import { t } from "../../i18n/t.ts";
import { coordinates } from "../../model/message.ts";
import { RichText } from "../conversation/rich-text.tsx";
import { Modal } from "../parts/modal.tsx";
import { useRoot } from "../root-context.ts";
import { ContactCard } from "./contact-card.tsx";
import { PlaceCard } from "./place-card.tsx";

/** Of the messages, those that are told before the whole is opened. */
const PREVIEWED = 3;

export function CollectionCard({ items }: { items: readonly ForwardItem[] }) {
  const { ui } = useRoot();
  return (
    <button type="button" className="collection" onClick={() => ui.show({ name: "collection", items })}>
      <span className="forwarded">
        <Forward aria-hidden="true" />
        {t("forward.count", { count: items.length })}
      </span>
      {items.slice(0, PREVIEWED).map((item, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the items of a collection never move
        <span key={at} className="collection-line">
          {t("chats.sender", { name: item.sender.displayName || t("common.somebody"), text: wordsOf(item) })}
        </span>
      ))}
    </button>
  );
}

export function CollectionDialog({ items }: { items: readonly ForwardItem[] }) {
  const { ui } = useRoot();
  return (
    <Modal title={t("forward.count", { count: items.length })} onClose={() => ui.show(null)}>
      <ol className="collection-items">
        {items.map((item, at) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the items of a collection never move
          <li key={at}>
            <span className="collection-head">
              <strong>{item.sender.displayName || t("common.somebody")}</strong>
              <time dateTime={new Date(item.sentAt).toISOString()}>{timeOfDay(item.sentAt)}</time>
            </span>
            {item.kind === "text" && <RichText text={item.body.text} />}
            {item.kind === "location" && <PlaceCard place={item.body} />}
            {item.kind === "contact" && <ContactCard user={item.body.user} />}
          </li>
        ))}
      </ol>
    </Modal>
  );
}

function wordsOf(item: ForwardItem): string {
  if (item.kind === "text") return item.body.text.trim().replace(/\s+/g, " ").slice(0, 120);
  if (item.kind === "contact") return item.body.user.displayName;
  return item.body.label ?? coordinates(item.body);
}
