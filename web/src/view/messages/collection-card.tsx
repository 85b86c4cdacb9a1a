import type { ForwardItem } from "@parley/protocol";
import { Forward } from "lucide-react";
import { fileWords } from "../../i18n/file-text.ts";
import { t } from "../../i18n/t.ts";
import type { FilePlace } from "../../model/attached-file.ts";
import { previewOf } from "../../model/markup.ts";
import { coordinates } from "../../model/message.ts";
import { useRoot } from "../root-context.ts";

/** Of the messages, those that are told before the whole is opened. */
const PREVIEWED = 3;

export function CollectionCard({ items, place }: CollectionProps) {
  const { ui } = useRoot();
  return (
    <button type="button" className="collection" onClick={() => ui.show({ name: "collection", items, place })}>
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

export interface CollectionProps {
  readonly items: readonly ForwardItem[];
  /** The message that holds them; null while it is not stored. */
  readonly place: FilePlace | null;
}

function wordsOf(item: ForwardItem): string {
  if (item.kind === "text") return previewOf(item.body.text);
  if (item.kind === "contact") return item.body.user.displayName;
  if (item.kind !== "location") return fileWords({ ...item.body, kind: item.kind });
  return item.body.label ?? coordinates(item.body);
}
