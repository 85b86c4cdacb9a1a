import { observer } from "mobx-react-lite";
import { useCallback, useEffect, useState } from "react";
import { t } from "../../i18n/t.ts";
import { ProtectionChip } from "../connection/protection-chip.tsx";
import { BrandMark } from "../parts/brand-mark.tsx";
import { useRoot } from "../root-context.ts";
import { RegisterForm } from "./register-form.tsx";
import { SignInForm } from "./sign-in-form.tsx";

/** The way in. Connects at once: how the password will be protected is known before it is typed. */
export const WelcomeScreen = observer(function WelcomeScreen() {
  const { session, connection } = useRoot();
  const [registering, setRegistering] = useState(false);
  const closed = session.node?.registration === "closed";

  // A failure shows as the state of the connection. A server that waited long enough hangs up: then once more.
  const prepare = useCallback(() => {
    if (connection.protection === null) session.prepare().catch(() => {});
  }, [session, connection]);
  useEffect(prepare, [prepare]);

  return (
    <main className="welcome">
      <header className="welcome-brand">
        <BrandMark />
        <h1 className="welcome-name">{t("app.name")}</h1>
        <p className="welcome-tagline">{t("welcome.tagline")}</p>
      </header>
      <section className="welcome-card" aria-labelledby="welcome-title" onFocus={prepare}>
        <h2 className="welcome-title" id="welcome-title">
          {registering ? t("welcome.registerTitle") : t("welcome.signInTitle")}
        </h2>
        {session.signedOutWhy === "sessionEnded" && (
          <p className="notice notice-warn" role="status">
            {t("welcome.sessionEnded")}
          </p>
        )}
        {connection.retryAtMs !== null && (
          <p className="notice notice-warn" role="status">
            {t("welcome.unreachable")}
          </p>
        )}
        {registering && closed && <p className="notice">{t("welcome.closed")}</p>}
        {registering ? !closed && <RegisterForm /> : <SignInForm />}
        <button
          type="button"
          className="button button-text welcome-switch"
          onClick={() => setRegistering(!registering)}
        >
          {registering ? t("welcome.toSignIn") : t("welcome.toRegister")}
        </button>
      </section>
      <div className="welcome-protection">
        <ProtectionChip />
      </div>
    </main>
  );
});
