import type { ForwardItem } from "@parley/protocol";
import { timeOfDay } from "../../i18n/dates.ts";
import { t } from "../../i18n/t.ts";
import { RichText } from "../conversation/rich-text.tsx";
import { FileView } from "../files/file-view.tsx";
import { Modal } from "../parts/modal.tsx";
import { useRoot } from "../root-context.ts";
import type { CollectionProps } from "./collection-card.tsx";
import { ContactCard } from "./contact-card.tsx";
import { PlaceCard } from "./place-card.tsx";

export function CollectionDialog({ items, place }: CollectionProps) {
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
            <Item item={item} place={place} />
          </li>
        ))}
      </ol>
    </Modal>
  );
}

function Item({ item, place }: { item: ForwardItem; place: CollectionProps["place"] }) {
  switch (item.kind) {
    case "text":
      return <RichText text={item.body.text} />;
    case "location":
      return <PlaceCard place={item.body} />;
    case "contact":
      return <ContactCard user={item.body.user} />;
    default:
      return <FileView place={place} file={{ ...item.body, kind: item.kind }} />;
  }
}
