import { observer } from "mobx-react-lite";
import { t } from "../../i18n/call-texts.ts";
import { Modal } from "../parts/modal.tsx";
import { useRoot } from "../root-context.ts";

/** As it is typed; not a word of any language. */
const COMMAND = "npm start -- --host 0.0.0.0 --tls selfsigned";

/** Why there are no calls here, and how to get them. */
export const CallsNeedDialog = observer(function CallsNeedDialog() {
  const { ui, calls } = useRoot();
  const close = () => ui.show(null);
  if (calls.able === "missing") {
    return (
      <Modal title={t("calls.need.missingTitle")} onClose={close}>
        <p className="dialog-text">{t("calls.need.missing")}</p>
      </Modal>
    );
  }
  return (
    <Modal title={t("calls.need.title")} onClose={close}>
      <p className="dialog-text">{t("calls.need.insecure")}</p>
      <p className="dialog-text">{t("calls.need.how")}</p>
      <pre className="call-command">
        <code>{COMMAND}</code>
      </pre>
      <p className="dialog-text">{t("calls.need.thenOpen")}</p>
    </Modal>
  );
});
