import { observer } from "mobx-react-lite";
import { useState } from "react";
import { problemText } from "../../i18n/problem.ts";
import { t } from "../../i18n/t.ts";
import { PasswordField } from "../parts/password-field.tsx";
import { useRoot } from "../root-context.ts";
import { FormProblem } from "../welcome/form-problem.tsx";
import { CodeField, EmailField, useMailCode } from "../welcome/mail-code.tsx";
import { useForm } from "../welcome/use-form.ts";

/** Another address, proved by a code that is sent there; or none, where that is allowed. */
export const EmailForm = observer(function EmailForm({ onClose }: { readonly onClose: () => void }) {
  const { account, session, ui } = useRoot();
  const [email, setEmail] = useState("");
  const [code, setCode] = useState("");
  const [password, setPassword] = useState("");
  const mail = useMailCode("changeEmail");
  const { sent } = mail;
  const done = () => {
    onClose();
    ui.tell({ kind: "emailChanged" });
  };
  const change = useForm(async () => {
    if (sent === null) return mail.send(email.trim());
    await account.changeEmail(password, sent.email, code);
    done();
  });
  const remove = useForm(async () => {
    await account.removeEmail(password);
    done();
  });
  const failure = change.failure ?? remove.failure;
  const ofEmail = failure?.name.startsWith("EMAIL_") === true ? problemText(failure) : undefined;
  const busy = change.busy || remove.busy;
  const removable = sent === null && account.data?.email !== null && session.node?.email !== "required";
  return (
    <form className="form" onSubmit={change.submit}>
      {sent === null ? (
        <EmailField label={t("account.newEmail")} value={email} onText={setEmail} problem={ofEmail} />
      ) : (
        <CodeField sent={sent} onSend={mail.send} value={code} onText={setCode} />
      )}
      <PasswordField label={t("account.password")} value={password} onText={setPassword} />
      <FormProblem failure={ofEmail === undefined || sent !== null ? failure : null} />
      <div className="form-actions">
        <button
          type="submit"
          className="button button-primary"
          disabled={busy || password === "" || (sent === null ? email.trim() === "" : code === "")}
        >
          {sent === null ? t("code.send") : t("account.changeEmail")}
        </button>
        {removable && (
          <button
            type="button"
            className="button button-danger-text"
            disabled={busy || password === ""}
            onClick={remove.submit}
          >
            {t("account.removeEmail")}
          </button>
        )}
        <button type="button" className="button button-quiet" onClick={onClose}>
          {t("common.cancel")}
        </button>
      </div>
    </form>
  );
});
