import { observer } from "mobx-react-lite";
import { t } from "../../i18n/t.ts";
import { useRoot } from "../root-context.ts";
import { useNow } from "../use-now.ts";

/** Quiet word that there is no connection, when the next attempt is, and what waits for it. */
export const OfflineBanner = observer(function OfflineBanner() {
  const { connection, chats } = useRoot();
  if (connection.online || connection.state.name === "stopped" || connection.state.name === "loading") return null;
  const waiting = chats.waitingToSend;
  return (
    <div className={connection.retryAtMs === null ? "banner banner-late" : "banner"} role="status">
      <span>
        <span>{headline(connection.state.name === "waiting" ? connection.state.why : "connecting")}</span>
        {waiting > 0 && <span>{` · ${t("connection.queued", { count: waiting })}`}</span>}
      </span>
      {connection.retryAtMs !== null && (
        <>
          <Countdown untilMs={connection.retryAtMs} />
          <button type="button" className="button" onClick={() => connection.reconnectNow()}>
            {t("connection.retryNow")}
          </button>
        </>
      )}
    </div>
  );
});

function headline(why: string): string {
  if (why === "connecting") return t("connection.connecting");
  if (why === "restart") return t("connection.restart");
  return why === "overloaded" || why === "rateLimited" ? t("connection.overloaded") : t("connection.offline");
}

/** Not announced: a screen reader would speak every second. */
function Countdown({ untilMs }: { untilMs: number }) {
  const now = useNow(500);
  const seconds = Math.max(0, Math.ceil((untilMs - now) / 1000));
  return <span aria-hidden="true">{t("connection.retryIn", { count: seconds })}</span>;
}
