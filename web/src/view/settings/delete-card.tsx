import { observer } from "mobx-react-lite";
import { useState } from "react";
import { t } from "../../i18n/t.ts";
import { Field } from "../parts/field.tsx";
import { PasswordField } from "../parts/password-field.tsx";
import { useRoot } from "../root-context.ts";
import { FormProblem } from "../welcome/form-problem.tsx";
import { useForm } from "../welcome/use-form.ts";

/** The end of the account: the handle has to be typed, so that nobody does it in passing. */
export const DeleteCard = observer(function DeleteCard() {
  const { account } = useRoot();
  const handle = account.data?.handle;
  const [open, setOpen] = useState(false);
  const [typed, setTyped] = useState("");
  const [password, setPassword] = useState("");
  const { busy, failure, submit } = useForm(() => account.delete(password));
  const close = () => {
    setOpen(false);
    setTyped("");
    setPassword("");
  };
  if (handle === undefined) return null;
  return (
    <div className="card">
      <div>
        <h3 className="card-title">{t("account.delete")}</h3>
        <p className="field-hint">{t("account.deleteHint")}</p>
      </div>
      {open ? (
        <form className="form" onSubmit={submit}>
          <Field
            label={t("account.deleteType", { handle })}
            value={typed}
            onChange={(event) => setTyped(event.target.value)}
            autoComplete="off"
            autoCapitalize="none"
            spellCheck={false}
            required
          />
          <PasswordField label={t("account.password")} value={password} onText={setPassword} />
          <FormProblem failure={failure} />
          <div className="form-actions">
            <button
              type="submit"
              className="button button-danger"
              disabled={busy || typed.trim().replace(/^@/, "").toLowerCase() !== handle || password === ""}
            >
              {t("account.deleteForever")}
            </button>
            <button type="button" className="button button-quiet" onClick={close}>
              {t("common.cancel")}
            </button>
          </div>
        </form>
      ) : (
        <div>
          <button type="button" className="button button-danger-text" onClick={() => setOpen(true)}>
            {t("account.delete")}
          </button>
        </div>
      )}
    </div>
  );
});
