import { observer } from "mobx-react-lite";
import { useState } from "react";
import { problemText } from "../../i18n/problem.ts";
import { t } from "../../i18n/t.ts";
import type { Failure } from "../../model/failure.ts";
import { Field } from "../parts/field.tsx";
import { PasswordField } from "../parts/password-field.tsx";
import { StrengthMeter } from "../parts/strength-meter.tsx";
import { useRoot } from "../root-context.ts";
import { FormProblem } from "./form-problem.tsx";
import { CodeField, EmailField, useMailCode } from "./mail-code.tsx";
import { useForm } from "./use-form.ts";

/** What belongs to a field is told there, the rest below. */
const FIELDS = ["HANDLE_", "PASSWORD_", "EMAIL_", "INVITE_"] as const;

/** A new account. With an address it takes two steps: what it shall be, and the code that came by mail. */
export const RegisterForm = observer(function RegisterForm() {
  const { session } = useRoot();
  const { node, arrival } = session;
  const [handle, setHandle] = useState("");
  const [displayName, setDisplayName] = useState("");
  const [password, setPassword] = useState("");
  const [email, setEmail] = useState("");
  const [invite, setInvite] = useState("");
  const [code, setCode] = useState("");
  const [confirming, setConfirming] = useState(false);
  const mail = useMailCode("register");
  const address = email.trim();
  const inviteCode = arrival?.code ?? invite.trim();
  const mailed = node !== null && node.email !== "off";

  const create = () =>
    session.register({
      handle: handle.trim(),
      password,
      ...(displayName.trim() === "" ? {} : { displayName: displayName.trim() }),
      ...(address === "" ? {} : { email: address, code }),
      ...(inviteCode === "" ? {} : { invite: inviteCode }),
    });
  const { busy, failure, submit } = useForm(async () => {
    if (address === "" || confirming) {
      await create().catch((error: { readonly name?: string }) => {
        // What is wrong stands in the first step.
        if (FIELDS.some((field) => error.name?.startsWith(field))) setConfirming(false);
        throw error;
      });
    } else {
      if (mail.sent?.email !== address) await mail.send(address);
      setConfirming(true);
    }
  });
  const about = (field: (typeof FIELDS)[number]): string | undefined => {
    const mine = failure?.name.startsWith(field) === true ? failure : null;
    return mine === null ? undefined : problemText(mine);
  };

  if (confirming && mail.sent !== null) {
    return (
      <form className="form" onSubmit={submit}>
        <CodeField sent={mail.sent} onSend={mail.send} value={code} onText={setCode} />
        <FormProblem failure={failure} />
        <button type="submit" className="button button-primary button-wide" disabled={busy || code === ""}>
          {busy ? t("welcome.registering") : t("welcome.register")}
        </button>
        <button type="button" className="button button-text" onClick={() => setConfirming(false)}>
          {t("code.change")}
        </button>
      </form>
    );
  }
  return (
    <form className="form" onSubmit={submit}>
      {node?.registration === "invite" && arrival === null && (
        <Field
          label={t("welcome.invite")}
          problem={about("INVITE_")}
          value={invite}
          onChange={(event) => setInvite(event.target.value)}
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          maxLength={64}
          required
        />
      )}
      <Field
        label={t("welcome.handle")}
        hint={t("welcome.handleHint")}
        problem={about("HANDLE_")}
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
      {mailed && (
        <EmailField
          label={node.email === "required" ? t("welcome.email") : t("welcome.emailOptional")}
          hint={t("welcome.emailHint")}
          problem={about("EMAIL_")}
          required={node.email === "required"}
          value={email}
          onText={setEmail}
        />
      )}
      <PasswordField
        label={t("welcome.password")}
        value={password}
        onText={setPassword}
        fresh
        problem={about("PASSWORD_")}
      />
      <StrengthMeter password={password} handle={handle} />
      <FormProblem failure={isElsewhere(failure, arrival !== null) ? failure : null} />
      <button
        type="submit"
        className="button button-primary button-wide"
        disabled={busy || handle.trim() === "" || password === ""}
      >
        {busy ? t("welcome.registering") : t("welcome.register")}
      </button>
    </form>
  );
});

/** No field shows it: an invite that came with the link has none. */
function isElsewhere(failure: Failure | null, invited: boolean): boolean {
  if (failure === null) return false;
  return invited && failure.name.startsWith("INVITE_") ? true : !FIELDS.some((field) => failure.name.startsWith(field));
}
