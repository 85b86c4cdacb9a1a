import { observer } from "mobx-react-lite";
import { useState } from "react";
import { problemText } from "../../i18n/problem.ts";
import { t } from "../../i18n/t.ts";
import type { Chat } from "../../model/chat.ts";
import { Field } from "../parts/field.tsx";
import { Modal } from "../parts/modal.tsx";
import { useRoot } from "../root-context.ts";
import { useForm } from "../welcome/use-form.ts";

/** Nothing brings a group back: whoever deletes it types its name. */
export const DeleteGroupDialog = observer(function DeleteGroupDialog({ chat }: { chat: Chat }) {
  const { ui } = useRoot();
  const [typed, setTyped] = useState("");
  const { busy, failure, submit } = useForm(() => chat.group.delete());
  const close = () => ui.show(null);
  return (
    <Modal title={t("group.deleteConfirm", { title: chat.title })} onClose={close}>
      <form className="form" onSubmit={submit}>
        <p className="dialog-text">{t("group.deleteHint")}</p>
        <Field
          label={t("group.deleteType", { title: chat.title })}
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
          autoComplete="off"
        />
        {failure !== null && (
          <p className="notice notice-danger" role="alert">
            {problemText(failure)}
          </p>
        )}
        <div className="dialog-actions">
          <button type="button" className="button button-quiet" onClick={close}>
            {t("common.cancel")}
          </button>
          <button
            type="submit"
            className="button button-danger"
            disabled={busy || typed.trim().toLocaleLowerCase() !== chat.title.trim().toLocaleLowerCase()}
          >
            {t("group.delete")}
          </button>
        </div>
      </form>
    </Modal>
  );
});
