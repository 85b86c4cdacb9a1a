import { useState } from "react";
import { t } from "../../i18n/t.ts";
import { useRoot } from "../root-context.ts";
import { FormProblem } from "./form-problem.tsx";
import { CodeField, EmailField, useMailCode } from "./mail-code.tsx";
import { useForm } from "./use-form.ts";

/** Without a password: with a code by mail. */
export function CodeForm() {
  const { session } = useRoot();
  const [email, setEmail] = useState("");
  const [code, setCode] = useState("");
  const mail = useMailCode("signIn");
  const { sent } = mail;
  const { busy, failure, submit } = useForm(() =>
    sent === null ? mail.send(email.trim()) : session.signInByCode(sent.email, code),
  );
  return (
    <form className="form" onSubmit={submit}>
      {sent === null ? (
        <EmailField value={email} onText={setEmail} />
      ) : (
        <CodeField sent={sent} onSend={mail.send} value={code} onText={setCode} />
      )}
      <FormProblem failure={failure} />
      <button
        type="submit"
        className="button button-primary button-wide"
        disabled={busy || (sent === null ? email.trim() === "" : code === "")}
      >
        {sent === null ? t("code.send") : busy ? t("welcome.signingIn") : t("welcome.signIn")}
      </button>
    </form>
  );
}
