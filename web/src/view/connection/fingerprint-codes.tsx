import { t } from "../../i18n/t.ts";
import type { Fingerprint } from "../../model/connection.ts";

/** Both forms of a fingerprint: to read aloud, and whole. */
export function FingerprintCodes({ fingerprint }: { fingerprint: Fingerprint }) {
  return (
    <dl className="codes">
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
