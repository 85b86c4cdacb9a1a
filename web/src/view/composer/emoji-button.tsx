import { Smile } from "lucide-react";
import { memo, useState } from "react";
import { t } from "../../i18n/t.ts";
import { laterPart } from "../later-part.tsx";
import { IconButton } from "../parts/icon-button.tsx";

/** A part of its own: one that is shared with the menus of messages would bring their code into the start. */
const EmojiPicker = laterPart(async () => (await import("../emoji/emoji-picker.tsx")).EmojiPicker);

/** Opens all emoji; what is picked goes where the text is being written. */
export const EmojiButton = memo(function EmojiButton({ onPick, onClose }: EmojiButtonProps) {
  const [at, setAt] = useState<DOMRect | null>(null);
  const close = () => {
    setAt(null);
    onClose();
  };
  return (
    <>
      <IconButton
        icon={Smile}
        label={t("emoji.open")}
        className="composer-tool"
        aria-haspopup="dialog"
        aria-expanded={at !== null}
        onClick={(event) => {
          setAt(event.currentTarget.getBoundingClientRect());
        }}
      />
      {at !== null && (
        <EmojiPicker
          at={at}
          onPick={(emoji) => {
            onPick(emoji);
            close();
          }}
          onClose={close}
        />
      )}
    </>
  );
});

interface EmojiButtonProps {
  readonly onPick: (emoji: string) => void;
  readonly onClose: () => void;
}
