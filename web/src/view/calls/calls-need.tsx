import { t } from "../../i18n/call-texts.ts";
import type { CallsAble } from "../../model/calls-door.ts";

/** As it is typed; not a word of any language. */
const COMMAND = "npm start -- --host 0.0.0.0 --tls selfsigned";

/** Why there are no calls here, and how to get them. */
export function CallsNeed({ able }: { able: CallsAble }) {
  if (able === "missing") return <p className="dialog-text">{t("calls.need.missing")}</p>;
  return (
    <>
      <p className="dialog-text">{t("calls.need.insecure")}</p>
      <p className="dialog-text">{t("calls.need.how")}</p>
      <pre className="call-command">
        <code>{COMMAND}</code>
      </pre>
      <p className="dialog-text">{t("calls.need.thenOpen")}</p>
    </>
  );
}
