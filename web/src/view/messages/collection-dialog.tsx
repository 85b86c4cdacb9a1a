import type { ForwardItem } from "@parley/protocol";
import { timeOfDay } from "../../i18n/dates.ts";
import { t } from "../../i18n/t.ts";
import { RichText } from "../conversation/rich-text.tsx";
import { FileCard } from "../files/file-card.tsx";
import { Modal } from "../parts/modal.tsx";
import { useRoot } from "../root-context.ts";
import { ContactCard } from "./contact-card.tsx";
import { PlaceCard } from "./place-card.tsx";

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
            <Item item={item} />
          </li>
        ))}
      </ol>
    </Modal>
  );
}

function Item({ item }: { item: ForwardItem }) {
  switch (item.kind) {
    case "text":
      return <RichText text={item.body.text} />;
    case "location":
      return <PlaceCard place={item.body} />;
    case "contact":
      return <ContactCard user={item.body.user} />;
    default:
      return <FileCard file={{ ...item.body, kind: item.kind }} />;
  }
}
