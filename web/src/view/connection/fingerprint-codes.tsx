import { t } from "../../i18n/t.ts";
import type { Fingerprint } from "../../model/connection.ts";

/** Both forms of a fingerprint: to read aloud, and whole. */
export function FingerprintCodes({ fingerprint, title }: { fingerprint: Fingerprint; title?: string }) {
  return (
    <dl className="codes">
      {title !== undefined && <dt className="protection-title">{title}</dt>}
      <div>
        <dt className="code-label">{t("connection.shortCode")}</dt>
        <dd className="code-short">{fingerprint.shortCode}</dd>
      </div>
      <div>
        <dt className="code-label">{t("connection.fingerprint")}</dt>
        <dd className="code-long">{fingerprint.text}</dd>
      </div>
    </dl>
  );
}
