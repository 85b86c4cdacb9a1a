import { useState } from "react";
import { problemText } from "../../i18n/problem.ts";
import { t } from "../../i18n/t.ts";
import type { Failure } from "../../model/failure.ts";
import { Field } from "../parts/field.tsx";
import { PasswordField } from "../parts/password-field.tsx";
import { StrengthMeter } from "../parts/strength-meter.tsx";
import { useRoot } from "../root-context.ts";
import { useForm } from "./use-form.ts";

export function RegisterForm() {
  const { session } = useRoot();
  const [handle, setHandle] = useState("");
  const [displayName, setDisplayName] = useState("");
  const [password, setPassword] = useState("");
  const { busy, failure, submit } = useForm(() => session.register(handle.trim(), password, displayName.trim()));
  const ofHandle = isAbout(failure, "HANDLE_");
  const ofPassword = isAbout(failure, "PASSWORD_");
  return (
    <form className="form" onSubmit={submit}>
      <Field
        label={t("welcome.handle")}
        hint={t("welcome.handleHint")}
        problem={ofHandle ? problemText(ofHandle) : undefined}
        value={handle}
        onChange={(event) => setHandle(event.target.value)}
        autoComplete="username"
        autoCapitalize="none"
        spellCheck={false}
        required
      />
      <Field
        label={t("welcome.displayName")}
        hint={t("welcome.displayNameHint")}
        value={displayName}
        onChange={(event) => setDisplayName(event.target.value)}
        autoComplete="name"
        maxLength={64}
      />
      <PasswordField
        label={t("welcome.password")}
        value={password}
        onText={setPassword}
        fresh
        problem={ofPassword ? problemText(ofPassword) : undefined}
      />
      <StrengthMeter password={password} handle={handle} />
      {failure !== null && !ofHandle && !ofPassword && (
        <p className="notice notice-danger" role="alert">
          {problemText(failure)}
        </p>
      )}
      <button
        type="submit"
        className="button button-primary button-wide"
        disabled={busy || handle.trim() === "" || password === ""}
      >
        {busy ? t("welcome.registering") : t("welcome.register")}
      </button>
    </form>
  );
}

function isAbout(failure: Failure | null, field: "HANDLE_" | "PASSWORD_"): Failure | null {
  return failure?.name.startsWith(field) === true ? failure : null;
}
