import { observer } from "mobx-react-lite";
import { useState } from "react";
import { problemText } from "../../i18n/problem.ts";
import { t } from "../../i18n/t.ts";
import { PasswordField } from "../parts/password-field.tsx";
import { StrengthMeter } from "../parts/strength-meter.tsx";
import { useRoot } from "../root-context.ts";
import { useForm } from "../welcome/use-form.ts";

export const PasswordCard = observer(function PasswordCard() {
  const { session, ui, me } = useRoot();
  const handle = me?.handle ?? "";
  const [open, setOpen] = useState(false);
  const [old, setOld] = useState("");
  const [next, setNext] = useState("");
  const close = () => {
    setOpen(false);
    setOld("");
    setNext("");
  };
  const { busy, failure, submit } = useForm(async () => {
    await session.changePassword(old, next);
    close();
    ui.tell({ kind: "passwordChanged" });
  });
  return (
    <div className="card">
      <div>
        <h3 className="card-title">{t("settings.password")}</h3>
        <p className="field-hint">{t("settings.passwordHint")}</p>
      </div>
      {open ? (
        <form className="form" onSubmit={submit}>
          {/* Password managers need to know whose password this is. */}
          <input
            className="unseen"
            type="text"
            autoComplete="username"
            readOnly
            tabIndex={-1}
            aria-hidden="true"
            value={handle}
          />
          <PasswordField label={t("settings.passwordOld")} value={old} onText={setOld} />
          <PasswordField label={t("settings.passwordNew")} value={next} onText={setNext} fresh />
          <StrengthMeter password={next} handle={handle} />
          {failure !== null && (
            <p className="notice notice-danger" role="alert">
              {problemText(failure)}
            </p>
          )}
          <div className="form-actions">
            <button type="submit" className="button button-primary" disabled={busy || old === "" || next === ""}>
              {t("settings.passwordSave")}
            </button>
            <button type="button" className="button button-quiet" onClick={close}>
              {t("common.cancel")}
            </button>
          </div>
        </form>
      ) : (
        <button type="button" className="button button-quiet" onClick={() => setOpen(true)}>
          {t("settings.passwordSave")}
        </button>
      )}
    </div>
  );
});
