import { limits } from "@parley/protocol";
import { X } from "lucide-react";
import { observer } from "mobx-react-lite";
import { useEffect } from "react";
import { fullDate } from "../../i18n/dates.ts";
import { problemText } from "../../i18n/problem.ts";
import { t } from "../../i18n/t.ts";
import type { Toast as Told } from "../../model/ui.ts";
import { STAGED_MAX } from "../../model/uploads.ts";
import { useRoot } from "../root-context.ts";
import { IconButton } from "./icon-button.tsx";

const SHOWN_MS = 6_000;

/** Says in passing what was done or could not be done. */
export const Toast = observer(function Toast() {
  const { ui } = useRoot();
  const { toast, toastCount } = ui;
  // biome-ignore lint/correctness/useExhaustiveDependencies: every toast starts the time anew
  useEffect(() => {
    if (toast === null) return;
    const timer = setTimeout(() => ui.dismissToast(), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [ui, toast, toastCount]);
  return (
    <div role="status">
      {toast !== null && (
        <div className="toast" key={toastCount}>
          <span>{words(toast)}</span>
          <IconButton icon={X} label={t("common.dismiss")} onClick={() => ui.dismissToast()} />
        </div>
      )}
    </div>
  );
});

function words(toast: Told): string {
  switch (toast.kind) {
    case "failure":
      return problemText(toast.failure);
    case "linkCopied":
      return t("toast.linkCopied");
    case "messageNotHere":
      return t("toast.messageNotHere");
    case "starred":
      return t("toast.starred");
    case "unstarred":
      return t("toast.unstarred");
    case "foldersFull":
      return t("toast.foldersFull", { count: limits.FOLDERS_PER_CHAT_MAX });
    case "otherFile":
      return t("toast.otherFile");
    case "tooManyFiles":
      return t("toast.tooManyFiles", { count: STAGED_MAX });
    case "scheduled":
      return t("toast.scheduled", { when: fullDate(toast.at) });
    case "copied":
      return t("toast.copied");
    case "invited":
      return t("toast.invited", { name: toast.name });
    case "removedFrom":
      return t("toast.removedFrom", { title: toast.title });
    case "passwordChanged":
      return t("toast.passwordChanged");
    case "profileSaved":
      return t("toast.profileSaved");
    case "emailChanged":
      return t("toast.emailChanged");
    case "handleChanged":
      return t("toast.handleChanged", { handle: toast.handle });
  }
}
