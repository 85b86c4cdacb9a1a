import { observer } from "mobx-react-lite";
import { useCallback, useEffect, useState } from "react";
import { t } from "../../i18n/t.ts";
import { ProtectionChip } from "../connection/protection-chip.tsx";
import { CodeForm, ForgotForm, RegisterForm } from "../later.ts";
import { BrandMark } from "../parts/brand-mark.tsx";
import { useRoot } from "../root-context.ts";
import { SignInForm } from "./sign-in-form.tsx";
import { WelcomeNotices } from "./welcome-notices.tsx";

type Way = "signIn" | "register" | "code" | "forgot";

const TITLES = {
  signIn: "welcome.signInTitle",
  register: "welcome.registerTitle",
  code: "welcome.codeTitle",
  forgot: "welcome.forgotTitle",
} as const;

/** The way in. Connects at once: how the password will be protected is known before it is typed. */
export const WelcomeScreen = observer(function WelcomeScreen() {
  const { session, connection } = useRoot();
  const { node, arrival } = session;
  const [way, setWay] = useState<Way>("signIn");
  const [passwordSet, setPasswordSet] = useState(false);
  const closed = node?.registration === "closed" && arrival?.owner !== true;
  const mailed = node !== null && node.email !== "off";

  // A failure shows as the state of the connection. A server that waited long enough hangs up: then once more.
  const prepare = useCallback(() => {
    if (connection.protection === null) session.prepare().catch(() => {});
  }, [session, connection]);
  useEffect(prepare, [prepare]);
  // Who comes by a link comes to make an account.
  useEffect(() => {
    if (arrival !== null) setWay("register");
  }, [arrival]);

  const go = (to: Way) => {
    setPasswordSet(false);
    setWay(to);
  };
  const title = way === "register" && arrival?.owner === true ? "welcome.ownerTitle" : TITLES[way];
  return (
    <main className="welcome">
      <header className="welcome-brand">
        <BrandMark />
        <h1 className="welcome-name">{t("app.name")}</h1>
        <p className="welcome-tagline">{t("welcome.tagline")}</p>
      </header>
      <section className="welcome-card" aria-labelledby="welcome-title" onFocus={prepare}>
        <h2 className="welcome-title" id="welcome-title">
          {t(title)}
        </h2>
        {passwordSet ? (
          <p className="notice" role="status">
            {t("welcome.passwordSet")}
          </p>
        ) : (
          <WelcomeNotices registering={way === "register"} />
        )}
        {way === "signIn" && <SignInForm />}
        {way === "register" && !closed && <RegisterForm />}
        {way === "code" && <CodeForm />}
        {way === "forgot" && (
          <ForgotForm
            onDone={() => {
              setWay("signIn");
              setPasswordSet(true);
            }}
          />
        )}
        <div className="welcome-ways">
          {way === "signIn" && mailed && (
            <>
              <WayButton text={t("welcome.byCode")} onGo={() => go("code")} />
              <WayButton text={t("welcome.forgot")} onGo={() => go("forgot")} />
            </>
          )}
          {way === "signIn" && <WayButton text={t("welcome.toRegister")} onGo={() => go("register")} />}
          {way === "register" && <WayButton text={t("welcome.toSignIn")} onGo={() => go("signIn")} />}
          {(way === "code" || way === "forgot") && (
            <WayButton text={t("welcome.byPassword")} onGo={() => go("signIn")} />
          )}
        </div>
      </section>
      <div className="welcome-protection">
        <ProtectionChip />
      </div>
    </main>
  );
});

function WayButton({ text, onGo }: { readonly text: string; readonly onGo: () => void }) {
  return (
    <button type="button" className="button button-text" onClick={onGo}>
      {text}
    </button>
  );
}
