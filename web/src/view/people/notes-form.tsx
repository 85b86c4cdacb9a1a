import { type Contact, limits } from "@parley/protocol";
import { observer } from "mobx-react-lite";
import { useState } from "react";
import { t } from "../../i18n/t.ts";
import { Field } from "../parts/field.tsx";
import { useRoot } from "../root-context.ts";

/** What only the user sees: an own name for the person, and labels. */
export const NotesForm = observer(function NotesForm({ contact }: { contact: Contact }) {
  const root = useRoot();
  const [remark, setRemark] = useState(contact.remark);
  const [labels, setLabels] = useState(contact.labels.join(", "));
  const [saved, setSaved] = useState(false);
  const edit = (set: (text: string) => void) => (event: { target: { value: string } }) => {
    setSaved(false);
    set(event.target.value);
  };
  const wanted = labelsOf(labels);
  const save = async () => {
    if (await root.attempt(() => root.contacts.note(contact.user.userId, remark, wanted))) setSaved(true);
  };
  return (
    <form
      className="form profile-notes"
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      <Field
        label={t("profile.remark")}
        hint={t("profile.remarkHint")}
        value={remark}
        maxLength={limits.REMARK_MAX}
        placeholder={contact.user.displayName}
        onChange={edit(setRemark)}
      />
      <Field
        label={t("profile.labels")}
        hint={t("profile.labelsHint")}
        value={labels}
        maxLength={(limits.LABEL_MAX + 2) * limits.LABELS_PER_CONTACT_MAX}
        onChange={edit(setLabels)}
      />
      <div className="form-actions">
        <button type="submit" className="button button-quiet">
          {t("profile.saveNotes")}
        </button>
        <span role="status" className="field-hint">
          {saved ? t("profile.saved") : ""}
        </span>
      </div>
    </form>
  );
});

function labelsOf(text: string): readonly string[] {
  const labels = text.split(",").map((label) => label.trim().slice(0, limits.LABEL_MAX));
  return [...new Set(labels.filter((label) => label !== ""))].slice(0, limits.LABELS_PER_CONTACT_MAX);
}
