import { ShieldAlert } from "lucide-react";
import { observer } from "mobx-react-lite";
import { type FormEvent, useState } from "react";
import { t } from "../../i18n/t.ts";
import type { Refusal } from "../../model/connection.ts";
import { Field } from "../parts/field.tsx";
import { useRoot } from "../root-context.ts";
import { FingerprintCodes } from "./fingerprint-codes.tsx";

/** The connection is not safe to use: nothing else is shown until a person has dealt with it. */
export const RefusedScreen = observer(function RefusedScreen({ refusal }: { refusal: Refusal }) {
  const { connection } = useRoot();
  return (
    <main className="refused">
      <div className="refused-card">
        <div className="protection">
          <span className="protection-icon" data-tone="danger">
            <ShieldAlert aria-hidden="true" />
          </span>
          <div role="alert">
            <h1 className="refused-title">{t(`refused.${refusal.reason}`)}</h1>
            <p className="dialog-text">{t(`refused.${refusal.reason}Text`)}</p>
          </div>
        </div>
        {refusal.reason === "identityMismatch" && <Mismatch refusal={refusal} />}
        <button type="button" className="button button-quiet" onClick={() => connection.reconnectNow()}>
          {t("refused.tryAgain")}
        </button>
      </div>
    </main>
  );
});

/** No one-click way on: the new code has to come from somebody, and be typed. */
function Mismatch({ refusal }: { refusal: Extract<Refusal, { reason: "identityMismatch" }> }) {
  const root = useRoot();
  const [code, setCode] = useState("");
  const [wrong, setWrong] = useState(false);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (bare(code) !== bare(refusal.presented.shortCode)) setWrong(true);
    else void root.attempt(() => root.connection.trustNewIdentity());
  };
  return (
    <>
      <div className="compare">
        <section>
          <h2 className="protection-title">{t("refused.known")}</h2>
          <FingerprintCodes fingerprint={refusal.pinned} />
        </section>
        <section>
          <h2 className="protection-title">{t("refused.presented")}</h2>
          {/* Not the code itself: it has to be heard from somebody, not copied from here. */}
          <dl className="codes">
            <div>
              <dt className="code-label">{t("refused.endsWith")}</dt>
              <dd className="code-long">{refusal.presented.text.slice(-24)}</dd>
            </div>
          </dl>
        </section>
      </div>
      <form className="form" onSubmit={submit}>
        <p className="dialog-text">{t("refused.identityMismatchHint")}</p>
        <Field
          label={t("refused.typeCode")}
          value={code}
          autoComplete="off"
          spellCheck={false}
          problem={wrong ? t("refused.codeDiffers") : undefined}
          onChange={(event) => {
            setWrong(false);
            setCode(event.target.value);
          }}
        />
        <button type="submit" className="button button-danger" disabled={bare(code).length < 20}>
          {t("refused.accept")}
        </button>
      </form>
    </>
  );
}

/** As people type it: without spaces and dashes, in any case. */
function bare(code: string): string {
  return code.replace(/[\s-]/g, "").toUpperCase();
}
