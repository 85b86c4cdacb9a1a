import { AtSign } from "lucide-react";
import { t } from "../../i18n/t.ts";
import { Avatar } from "../parts/avatar.tsx";
import type { MentionOffer } from "./use-mentions.ts";

/** Members for the name that is being written. The focus stays in the text. */
export function MentionList({ id, offered, index, onPick }: MentionListProps) {
  return (
    <div id={id} className="shortcodes" role="listbox" aria-label={t("mention.offered")}>
      {offered.map((one, at) => (
        // biome-ignore lint/a11y/useFocusableInteractive: the text has the focus and names the active option
        // biome-ignore lint/a11y/useKeyWithClickEvents: the keys go to the text
        <div
          key={one.handle}
          id={`${id}-${at}`}
          className="shortcode"
          role="option"
          aria-selected={at === index}
          onPointerDown={(event) => event.preventDefault()}
          onClick={() => onPick(one)}
        >
          {one.user === null ? <AtSign aria-hidden="true" /> : <Avatar id={one.user.userId} name={one.name} />}
          <span>{one.name}</span>
          <span className="person-note">{t("common.handle", { handle: one.handle })}</span>
        </div>
      ))}
    </div>
  );
}

interface MentionListProps {
  readonly id: string;
  readonly offered: readonly MentionOffer[];
  readonly index: number;
  readonly onPick: (one: MentionOffer) => void;
}
