import { Check, Copy } from "lucide-react";
import { observer } from "mobx-react-lite";
import { t } from "../../i18n/t.ts";
import type { Fingerprint } from "../../model/connection.ts";
import { copyText } from "../copy-text.ts";
import { Modal } from "../parts/modal.tsx";
import { useRoot } from "../root-context.ts";
import { FingerprintCodes } from "./fingerprint-codes.tsx";
import { lookOf } from "./protection-look.ts";

export const ConnectionDialog = observer(function ConnectionDialog() {
  const root = useRoot();
  const { connection, ui } = root;
  const { protection } = connection;
  const { icon: Icon, tone, title, text } = lookOf(protection, window.isSecureContext);
  const sealed = protection?.kind === "sealed" ? protection : null;
  const comparable = sealed !== null && sealed.trust !== "verified" && window.isSecureContext;
  const copy = async (fingerprint: Fingerprint) => {
    if (await copyText(fingerprint.text)) ui.tell({ kind: "copied" });
  };
  return (
    <Modal title={t("connection.title")} onClose={() => ui.show(null)}>
      <div className="protection">
        <span className="protection-icon" data-tone={tone}>
          <Icon aria-hidden="true" />
        </span>
        <div>
          <p className="protection-title">{title}</p>
          <p className="dialog-text">{text}</p>
        </div>
      </div>
      {sealed !== null && (
        <>
          <FingerprintCodes fingerprint={sealed.fingerprint} />
          <p className="field-hint">{t("connection.compare")}</p>
          <div className="dialog-actions">
            <button type="button" className="button button-quiet" onClick={() => void copy(sealed.fingerprint)}>
              <Copy aria-hidden="true" />
              {t("connection.copy")}
            </button>
            {comparable && (
              <button
                type="button"
                className="button button-primary"
                onClick={() => void root.attempt(() => connection.markVerified())}
              >
                <Check aria-hidden="true" />
                {t("connection.markVerified")}
              </button>
            )}
          </div>
        </>
      )}
    </Modal>
  );
});
