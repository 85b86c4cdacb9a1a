import { observer } from "mobx-react-lite";
import { t } from "../../i18n/call-texts.ts";
import { Modal } from "../parts/modal.tsx";
import { useRoot } from "../root-context.ts";
import { CallsNeed } from "./calls-need.tsx";

/** For who wants to call somebody where there are no calls. */
export const CallsNeedDialog = observer(function CallsNeedDialog() {
  const { ui, calls } = useRoot();
  const title = t(calls.able === "missing" ? "calls.need.missingTitle" : "calls.need.title");
  return (
    <Modal title={title} onClose={() => ui.show(null)}>
      <CallsNeed able={calls.able} />
    </Modal>
  );
});
