import { Plus } from "lucide-react";
import { type ChangeEvent, memo, type Ref, useImperativeHandle, useRef, useState } from "react";
import { t } from "../../i18n/t.ts";
import type { PickedFile } from "../../model/sending-file.ts";
import { toPicked } from "../files/picked.ts";
import { laterPart } from "../later-part.tsx";
import { IconButton } from "../parts/icon-button.tsx";

/** Fetched when somebody wants more than words. */
const AttachMenu = laterPart(async () => (await import("./attach-menu.tsx")).AttachMenu);

/** `ref`: opens the picker of files without the menu. */
export const AttachButton = memo(function AttachButton({ onFiles, ref }: AttachButtonProps) {
  const [at, setAt] = useState<DOMRect | null>(null);
  const button = useRef<HTMLButtonElement>(null);
  const media = useRef<HTMLInputElement>(null);
  const any = useRef<HTMLInputElement>(null);
  useImperativeHandle(ref, () => ({ pick: () => any.current?.click() }), []);
  const take = ({ target }: ChangeEvent<HTMLInputElement>) => {
    const picked = [...(target.files ?? [])].map(toPicked);
    // The same file may be picked again.
    target.value = "";
    if (picked.length > 0) onFiles(picked);
  };
  return (
    <>
      <input
        ref={media}
        className="unseen"
        type="file"
        accept="image/*,video/*"
        multiple
        aria-label={t("files.media")}
        tabIndex={-1}
        onChange={take}
      />
      <input
        ref={any}
        className="unseen"
        type="file"
        multiple
        aria-label={t("files.any")}
        tabIndex={-1}
        onChange={take}
      />
      <IconButton
        ref={button}
        icon={Plus}
        label={t("composer.attach")}
        className="composer-tool"
        aria-haspopup="menu"
        aria-expanded={at !== null}
        onClick={(event) => setAt(event.currentTarget.getBoundingClientRect())}
      />
      {at !== null && (
        <AttachMenu
          at={at}
          onClose={() => setAt(null)}
          onClosed={() => button.current?.focus()}
          onMedia={() => media.current?.click()}
          onFile={() => any.current?.click()}
        />
      )}
    </>
  );
});

export interface FilePicker {
  pick(): void;
}

interface AttachButtonProps {
  readonly onFiles: (picked: readonly PickedFile[]) => void;
  readonly ref?: Ref<FilePicker>;
}
