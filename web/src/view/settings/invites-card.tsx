import { Link } from "lucide-react";
import { observer } from "mobx-react-lite";
import { useEffect, useState } from "react";
import { calendarDay } from "../../i18n/dates.ts";
import { t } from "../../i18n/t.ts";
import { copyText } from "../copy-text.ts";
import { Choices } from "../parts/choices.tsx";
import { useRoot } from "../root-context.ts";

const USES = ["1", "5", "25"] as const;
const DAYS = ["1", "7", "30"] as const;
const DAY_MS = 24 * 3600_000;
/** Enough of a code to tell invites apart by. */
const SHOWN_LETTERS = 6;

/** Links that let people make an account, for who may make them. */
export const InvitesCard = observer(function InvitesCard() {
  const root = useRoot();
  const { account, invites, session, connection, ui } = root;
  const { online, protection } = connection;
  const [uses, setUses] = useState<(typeof USES)[number]>("1");
  const [days, setDays] = useState<(typeof DAYS)[number]>("7");
  const [failed, setFailed] = useState(false);
  const mayInvite = account.data?.mayInvite === true;
  useEffect(() => {
    if (!online || !mayInvite) return;
    invites.load().then(
      () => setFailed(false),
      () => setFailed(true),
    );
  }, [invites, online, mayInvite]);
  if (!mayInvite) return null;
  // With the fingerprint, who comes by the link knows at once that this is the server that was meant.
  const fingerprint = protection?.kind === "sealed" ? `&fp=${protection.fingerprint.text}` : "";
  const linkOf = (code: string) => `${location.origin}/#invite=${code}${fingerprint}`;
  const copy = async (code: string) => {
    if (await copyText(linkOf(code))) ui.tell({ kind: "copied" });
  };
  return (
    <div className="card">
      <div>
        <h3 className="card-title">{t("invites.title")}</h3>
        <p className="field-hint">{t("invites.hint")}</p>
      </div>
      {session.node?.registration === "closed" && (
        <p className="notice notice-warn" role="status">
          {t("invites.closed")}
        </p>
      )}
      {failed && (
        <p className="notice notice-warn" role="status">
          {t("invites.failed")}
        </p>
      )}
      {invites.list.length > 0 && (
        <ul>
          {invites.list.map(({ code, usesLeft, expiresAt }) => (
            <li key={code} className="device invite">
              <Link aria-hidden="true" />
              <span className="person-row-text">
                <span className="person-name">{code.slice(0, SHOWN_LETTERS)}…</span>
                <span className="person-note">
                  {t("invites.left", { count: usesLeft, when: calendarDay(expiresAt) })}
                </span>
              </span>
              <button
                type="button"
                className="button button-text"
                aria-label={t("invites.copyOne", { code: code.slice(0, SHOWN_LETTERS) })}
                onClick={() => void copy(code)}
              >
                {t("invites.copy")}
              </button>
              <button
                type="button"
                className="button button-danger-text"
                aria-label={t("invites.revokeOne", { code: code.slice(0, SHOWN_LETTERS) })}
                onClick={() => void root.attempt(() => invites.revoke(code))}
              >
                {t("invites.revoke")}
              </button>
            </li>
          ))}
        </ul>
      )}
      <Choices label={t("invites.uses")} value={uses} options={USES} onChoose={setUses} face={(option) => option} />
      <Choices
        label={t("invites.validFor")}
        value={days}
        options={DAYS}
        onChoose={setDays}
        face={(option) => t("invites.days", { count: Number(option) })}
      />
      <button
        type="button"
        className="button button-quiet"
        onClick={() => void root.attempt(() => invites.create(Number(uses), Number(days) * DAY_MS))}
      >
        {t("invites.create")}
      </button>
    </div>
  );
});
