import { useState } from "react";
import { problemText } from "../../i18n/problem.ts";
import { t } from "../../i18n/t.ts";
import { Field } from "../parts/field.tsx";
import { PasswordField } from "../parts/password-field.tsx";
import { useRoot } from "../root-context.ts";
import { useForm } from "./use-form.ts";

export function SignInForm() {
  const { session } = useRoot();
  const [handle, setHandle] = useState("");
  const [password, setPassword] = useState("");
  const { busy, failure, submit } = useForm(() => session.signIn(handle.trim(), password));
  return (
    <form className="form" onSubmit={submit}>
      <Field
        label={t("welcome.handle")}
        value={handle}
        onChange={(event) => setHandle(event.target.value)}
        autoComplete="username"
        autoCapitalize="none"
        spellCheck={false}
        required
      />
      <PasswordField label={t("welcome.password")} value={password} onText={setPassword} />
      {failure !== null && (
        <p className="notice notice-danger" role="alert">
          {problemText(failure)}
        </p>
      )}
      <button
        type="submit"
        className="button button-primary button-wide"
        disabled={busy || handle.trim() === "" || password === ""}
      >
        {busy ? t("welcome.signingIn") : t("welcome.signIn")}
      </button>
    </form>
  );
}
