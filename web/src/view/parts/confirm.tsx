import { AlertDialog } from "radix-ui";
import { useState } from "react";
import { t } from "../../i18n/t.ts";
import { useFocusBack } from "./focus-back.ts";

/** Asks before something that cannot be taken back. */
export function Confirm({ title, hint, actionLabel, onConfirm, onClose }: ConfirmProps) {
  const focusBack = useFocusBack();
  const [busy, setBusy] = useState(false);
  const confirm = () => {
    setBusy(true);
    void onConfirm().finally(onClose);
  };
  return (
    <AlertDialog.Root open onOpenChange={(open) => open || onClose()}>
      <AlertDialog.Portal>
        <div className="scrim" />
        <AlertDialog.Content className="dialog" aria-modal="true" {...focusBack}>
          <div className="dialog-head">
            <AlertDialog.Title className="dialog-title">{title}</AlertDialog.Title>
          </div>
          <div className="dialog-body">
            <AlertDialog.Description className="dialog-text">{hint}</AlertDialog.Description>
            <div className="dialog-actions">
              <AlertDialog.Cancel className="button button-quiet">{t("common.cancel")}</AlertDialog.Cancel>
              <button type="button" className="button button-danger" disabled={busy} onClick={confirm}>
                {actionLabel}
              </button>
            </div>
          </div>
        </AlertDialog.Content>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  );
}

interface ConfirmProps {
  readonly title: string;
  readonly hint: string;
  readonly actionLabel: string;
  readonly onConfirm: () => Promise<unknown>;
  readonly onClose: () => void;
}
