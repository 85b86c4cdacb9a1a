import { observer } from "mobx-react-lite";
import { type ReactNode, useEffect, useState } from "react";
import { t } from "../../i18n/t.ts";
import { useRoot } from "../root-context.ts";
import { EmailForm } from "./email-form.tsx";
import { HandleForm } from "./handle-form.tsx";

type Open = "handle" | "email" | null;

/** Handle and address. */
export const AccountCard = observer(function AccountCard() {
  const { account, session, connection } = useRoot();
  const { online } = connection;
  const { data } = account;
  const [open, setOpen] = useState<Open>(null);
  const [failed, setFailed] = useState(false);
  useEffect(() => {
    if (!online) return;
    Promise.all([account.load(), session.learnNode()]).then(
      () => setFailed(false),
      () => setFailed(true),
    );
  }, [account, session, online]);
  const mailed = session.node !== null && session.node.email !== "off";
  const close = () => setOpen(null);
  return (
    <div className="card">
      <div>
        <h3 className="card-title">{t("account.title")}</h3>
        {data?.serverRole === "owner" && <p className="field-hint">{t("account.owner")}</p>}
      </div>
      {failed && (
        <p className="notice notice-warn" role="status">
          {t("account.failed")}
        </p>
      )}
      {data !== null && (
        <>
          <Row label={t("account.handle")} value={t("common.handle", { handle: data.handle })}>
            {open !== "handle" && <OpenButton text={t("account.changeHandle")} onOpen={() => setOpen("handle")} />}
          </Row>
          {open === "handle" && <HandleForm onClose={close} />}
          {(mailed || data.email !== null) && (
            <Row label={t("account.email")} value={data.email ?? t("account.noEmail")}>
              {open !== "email" && (
                <OpenButton
                  text={data.email === null ? t("account.addEmail") : t("account.changeEmail")}
                  onOpen={() => setOpen("email")}
                />
              )}
            </Row>
          )}
          {open === "email" && <EmailForm onClose={close} />}
        </>
      )}
    </div>
  );
});

function Row({ label, value, children }: { label: string; value: string; children: ReactNode }) {
  return (
    <div className="setting">
      <span className="setting-label">
        {label}
        <span className="setting-value">{value}</span>
      </span>
      {children}
    </div>
  );
}

function OpenButton({ text, onOpen }: { text: string; onOpen: () => void }) {
  return (
    <button type="button" className="button button-quiet" onClick={onOpen}>
      {text}
    </button>
  );
}
