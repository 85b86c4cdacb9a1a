import { t } from "../../i18n/t.ts";
import type { Offered } from "./use-shortcodes.ts";

/** Emoji for the shortcode that is being written. The focus stays in the text. */
export function ShortcodeList({ id, text, offered, index, onPick }: ShortcodeListProps) {
  return (
    <div id={id} className="shortcodes" role="listbox" aria-label={t("emoji.offered", { text })}>
      {offered.map((one, at) => (
        // biome-ignore lint/a11y/useFocusableInteractive: the text has the focus and names the active option
        // biome-ignore lint/a11y/useKeyWithClickEvents: the keys go to the text
        <div
          key={one.code}
          id={`${id}-${at}`}
          className="shortcode"
          role="option"
          aria-selected={at === index}
          onPointerDown={(event) => event.preventDefault()}
          onClick={() => onPick(one)}
        >
          <span className="shortcode-emoji" aria-hidden="true">
            {one.emoji}
          </span>
          <span>{t("emoji.code", { code: one.code })}</span>
        </div>
      ))}
    </div>
  );
}

interface ShortcodeListProps {
  readonly id: string;
  readonly text: string;
  readonly offered: readonly Offered[];
  readonly index: number;
  readonly onPick: (one: Offered) => void;
}
