import { observer } from "mobx-react-lite";
import { t } from "../../i18n/t.ts";
import type { Session } from "../../model/session.ts";
import { useRoot } from "../root-context.ts";

const ENDED_TEXTS = {
  sessionEnded: "welcome.sessionEnded",
  revoked: "welcome.revoked",
  replaced: "welcome.replaced",
  deleted: "welcome.deleted",
} as const;

/** What somebody at the door has to know first. */
export const WelcomeNotices = observer(function WelcomeNotices({ registering }: { readonly registering: boolean }) {
  const { session, connection, ui } = useRoot();
  const { endedWhy } = session;
  const told = registering ? entryText(session) : null;
  return (
    <>
      {endedWhy !== null && !registering && <Notice text={t(ENDED_TEXTS[endedWhy])} warn />}
      {connection.retryAtMs !== null && <Notice text={t("welcome.unreachable")} warn />}
      {ui.joinCode !== null && <Notice text={t("join.waiting")} />}
      {told !== null && <Notice text={told} />}
      {registering && session.arrival === null && session.node?.unclaimed === true && (
        <Notice text={t("welcome.unclaimed")} />
      )}
    </>
  );
});

/** How an account can be made here. */
function entryText({ arrival, node }: Session): string | null {
  if (arrival !== null) return arrival.owner ? t("welcome.ownerHint") : t("welcome.invited");
  if (node?.registration === "closed") return t("welcome.closed");
  return node?.registration === "invite" ? t("welcome.inviteOnly") : null;
}

function Notice({ text, warn = false }: { readonly text: string; readonly warn?: boolean }) {
  return (
    <p className={warn ? "notice notice-warn" : "notice"} role="status">
      {text}
    </p>
  );
}
