import { limits } from "@parley/protocol";
import { observer } from "mobx-react-lite";
import { useId, useState } from "react";
import { problemText } from "../../i18n/problem.ts";
import { t } from "../../i18n/t.ts";
import type { Chat } from "../../model/chat.ts";
import { Field } from "../parts/field.tsx";
import { Modal } from "../parts/modal.tsx";
import { useRoot } from "../root-context.ts";
import { useForm } from "../welcome/use-form.ts";

/** What a group is called, and what it is about. */
export const EditGroupDialog = observer(function EditGroupDialog({ chat }: { chat: Chat }) {
  const { ui } = useRoot();
  const id = useId();
  const [name, setName] = useState(chat.title);
  const [description, setDescription] = useState(chat.data.description ?? "");
  const { busy, failure, submit } = useForm(async () => {
    await chat.group.update({ name: name.trim(), description });
    ui.show(null);
  });
  return (
    <Modal title={t("group.edit")} onClose={() => ui.show(null)}>
      <form className="form" onSubmit={submit}>
        <Field
          label={t("newGroup.name")}
          value={name}
          onChange={(event) => setName(event.target.value)}
          maxLength={limits.GROUP_NAME_MAX}
          autoComplete="off"
          required
        />
        <div className="field">
          <label className="field-label" htmlFor={id}>
            {t("group.description")}
          </label>
          <div className="field-box">
            <textarea
              id={id}
              rows={4}
              value={description}
              onChange={(event) => setDescription(event.target.value)}
              maxLength={limits.DESCRIPTION_MAX}
            />
          </div>
        </div>
        {failure !== null && (
          <p className="notice notice-danger" role="alert">
            {problemText(failure)}
          </p>
        )}
        <button type="submit" className="button button-primary" disabled={busy || name.trim() === ""}>
          {t("group.save")}
        </button>
      </form>
    </Modal>
  );
});
