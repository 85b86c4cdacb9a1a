import type { CodePurpose } from "@parley/protocol";
import { useState } from "react";
import { problemText } from "../../i18n/problem.ts";
import { t } from "../../i18n/t.ts";
import { type Failure, toFailure } from "../../model/failure.ts";
import { Field } from "../parts/field.tsx";
import { useRoot } from "../root-context.ts";
import { useNow } from "../use-now.ts";

const CODE_DIGITS = 6;
/** As long as a server makes one wait between two codes. */
const RESEND_MS = 60_000;

export interface SentCode {
  readonly email: string;
  /** Before that no other one is sent. */
  readonly resendAt: number;
}

/** A code of this purpose on its way to an address; null before it was asked for. */
export function useMailCode(purpose: CodePurpose) {
  const { session } = useRoot();
  const [sent, setSent] = useState<SentCode | null>(null);
  const send = async (email: string) => {
    const waitMs = await session.requestCode(purpose, email).catch((error: unknown) => {
      const { name, retryAfterMs } = toFailure(error);
      // Asked for a moment ago, on a page that was left meanwhile: that mail is in the inbox.
      if (sent === null && name === "RATE_LIMITED" && retryAfterMs <= RESEND_MS) return retryAfterMs;
      throw error;
    });
    setSent({ email, resendAt: Date.now() + waitMs });
  };
  return { sent, send };
}

/** Where the code is typed, and asked for once more. */
export function CodeField({ sent, onSend, value, onText }: CodeFieldProps) {
  const [failure, setFailure] = useState<Failure | null>(null);
  const now = useNow(1_000);
  const waitSeconds = Math.max(0, Math.ceil((sent.resendAt - now) / 1_000));
  const resend = () => {
    setFailure(null);
    onSend(sent.email).catch((error: unknown) => setFailure(toFailure(error)));
  };
  return (
    <>
      <p className="notice" role="status">
        {t("code.sent", { email: sent.email })}
      </p>
      <Field
        label={t("code.label")}
        problem={failure === null ? undefined : problemText(failure)}
        value={value}
        onChange={(event) => onText(event.target.value.replace(/\D/g, ""))}
        inputMode="numeric"
        autoComplete="one-time-code"
        maxLength={CODE_DIGITS}
        required
      />
      <button type="button" className="button button-text" disabled={waitSeconds > 0} onClick={resend}>
        {waitSeconds > 0 ? t("code.resendIn", { count: waitSeconds }) : t("code.resend")}
      </button>
    </>
  );
}

interface CodeFieldProps {
  readonly sent: SentCode;
  readonly onSend: (email: string) => Promise<void>;
  readonly value: string;
  readonly onText: (text: string) => void;
}

export function EmailField({ label, value, onText, problem, hint, required = true }: EmailFieldProps) {
  return (
    <Field
      label={label ?? t("welcome.email")}
      hint={hint}
      problem={problem}
      type="email"
      autoComplete="email"
      autoCapitalize="none"
      spellCheck={false}
      maxLength={254}
      required={required}
      value={value}
      onChange={(event) => onText(event.target.value)}
    />
  );
}

interface EmailFieldProps {
  readonly label?: string;
  readonly value: string;
  readonly onText: (text: string) => void;
  readonly hint?: string | undefined;
  readonly problem?: string | undefined;
  readonly required?: boolean;
}
