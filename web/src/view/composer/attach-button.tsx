import { Plus } from "lucide-react";
import { lazy, Suspense, useRef, useState } from "react";
import { t } from "../../i18n/t.ts";
import { IconButton } from "../parts/icon-button.tsx";

/** Fetched when somebody wants more than words. */
const AttachMenu = lazy(async () => ({ default: (await import("./attach-menu.tsx")).AttachMenu }));

export function AttachButton() {
  const [at, setAt] = useState<DOMRect | null>(null);
  const button = useRef<HTMLButtonElement>(null);
  const close = () => {
    setAt(null);
    button.current?.focus();
  };
  return (
    <>
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
        <Suspense>
          <AttachMenu at={at} onClose={close} />
        </Suspense>
      )}
    </>
  );
}
