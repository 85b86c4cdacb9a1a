import { useState } from "react";
import { problemText } from "../../i18n/problem.ts";
import { t } from "../../i18n/t.ts";
import { Field } from "../parts/field.tsx";
import { PasswordField } from "../parts/password-field.tsx";
import { useRoot } from "../root-context.ts";
import { FormProblem } from "../welcome/form-problem.tsx";
import { useForm } from "../welcome/use-form.ts";

export function HandleForm({ onClose }: { readonly onClose: () => void }) {
  const { account, ui } = useRoot();
  const [handle, setHandle] = useState("");
  const [password, setPassword] = useState("");
  const { busy, failure, submit } = useForm(async () => {
    const changed = await account.changeHandle(password, handle.trim());
    onClose();
    ui.tell({ kind: "handleChanged", handle: changed });
  });
  const ofHandle = failure?.name.startsWith("HANDLE_") === true ? problemText(failure) : undefined;
  return (
    <form className="form" onSubmit={submit}>
      <Field
        label={t("account.newHandle")}
        hint={t("account.handleHint")}
        problem={ofHandle}
        value={handle}
        onChange={(event) => setHandle(event.target.value)}
        autoComplete="username"
        autoCapitalize="none"
        spellCheck={false}
        required
      />
      <PasswordField label={t("account.password")} value={password} onText={setPassword} />
      <FormProblem failure={ofHandle === undefined ? failure : null} />
      <div className="form-actions">
        <button
          type="submit"
          className="button button-primary"
          disabled={busy || handle.trim() === "" || password === ""}
        >
          {t("account.changeHandle")}
        </button>
        <button type="button" className="button button-quiet" onClick={onClose}>
          {t("common.cancel")}
        </button>
      </div>
    </form>
  );
}
