import { useState } from "react";
import { problemText } from "../../i18n/problem.ts";
import { t } from "../../i18n/t.ts";
import { PasswordField } from "../parts/password-field.tsx";
import { StrengthMeter } from "../parts/strength-meter.tsx";
import { useRoot } from "../root-context.ts";
import { FormProblem } from "./form-problem.tsx";
import { CodeField, EmailField, useMailCode } from "./mail-code.tsx";
import { useForm } from "./use-form.ts";

/** A new password, by a code by mail. */
export function ForgotForm({ onDone }: { readonly onDone: () => void }) {
  const { session } = useRoot();
  const [email, setEmail] = useState("");
  const [code, setCode] = useState("");
  const [password, setPassword] = useState("");
  const mail = useMailCode("reset");
  const { sent } = mail;
  const { busy, failure, submit } = useForm(async () => {
    if (sent === null) return mail.send(email.trim());
    await session.resetPassword(sent.email, code, password);
    onDone();
  });
  if (sent === null) {
    return (
      <form className="form" onSubmit={submit}>
        <EmailField value={email} onText={setEmail} hint={t("welcome.forgotHint")} />
        <FormProblem failure={failure} />
        <button type="submit" className="button button-primary button-wide" disabled={busy || email.trim() === ""}>
          {t("code.send")}
        </button>
      </form>
    );
  }
  const weak = failure?.name === "PASSWORD_WEAK" ? problemText(failure) : undefined;
  return (
    <form className="form" onSubmit={submit}>
      <CodeField sent={sent} onSend={mail.send} value={code} onText={setCode} />
      <PasswordField label={t("settings.passwordNew")} value={password} onText={setPassword} fresh problem={weak} />
      <StrengthMeter password={password} handle="" />
      <FormProblem failure={weak === undefined ? failure : null} />
      <button
        type="submit"
        className="button button-primary button-wide"
        disabled={busy || code === "" || password === ""}
      >
        {t("welcome.setPassword")}
      </button>
    </form>
  );
}
