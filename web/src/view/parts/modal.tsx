import { X } from "lucide-react";
import { Dialog } from "radix-ui";
import type { ReactNode } from "react";
import { t } from "../../i18n/t.ts";
import { useFocusBack } from "./focus-back.ts";
import { IconButton } from "./icon-button.tsx";

/**
 * A window over the app. Focus stays inside, and goes back to where it was. The scrim is our own: Radix
 * would add a style element, which the content security policy forbids.
 */
export function Modal({ title, onClose, children }: { title: string; onClose: () => void; children: ReactNode }) {
  const focusBack = useFocusBack();
  return (
    <Dialog.Root open onOpenChange={(open) => open || onClose()}>
      <Dialog.Portal>
        <div className="scrim" />
        <Dialog.Content className="dialog" aria-describedby={undefined} {...focusBack}>
          <div className="dialog-head">
            <Dialog.Title className="dialog-title">{title}</Dialog.Title>
            <Dialog.Close asChild>
              <IconButton icon={X} label={t("common.close")} />
            </Dialog.Close>
          </div>
          <div className="dialog-body">{children}</div>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
