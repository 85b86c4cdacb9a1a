import { type ChangeEvent, useId, useRef } from "react";
import { t } from "../../i18n/t.ts";

/** Chooses a picture, of which a part is taken next, or takes the one away that is there. */
export function PictureButtons({ onPicked, onRemove }: PictureButtonsProps) {
  const file = useRef<HTMLInputElement>(null);
  const id = useId();
  const choose = (event: ChangeEvent<HTMLInputElement>) => {
    const [chosen] = event.target.files ?? [];
    // The same file may be chosen again.
    event.target.value = "";
    if (chosen !== undefined) onPicked(URL.createObjectURL(chosen));
  };
  return (
    <div className="picture-buttons">
      <input
        id={id}
        ref={file}
        className="unseen"
        type="file"
        accept="image/*"
        aria-label={t("avatar.file")}
        tabIndex={-1}
        onChange={choose}
      />
      <button type="button" className="button button-text" onClick={() => file.current?.click()}>
        {t("avatar.choose")}
      </button>
      {onRemove !== null && (
        <button type="button" className="button button-text" onClick={onRemove}>
          {t("avatar.remove")}
        </button>
      )}
    </div>
  );
}

interface PictureButtonsProps {
  /** With a URL of the picture, which whoever takes it revokes. */
  readonly onPicked: (picture: string) => void;
  /** Null: there is none. */
  readonly onRemove: (() => void) | null;
}
