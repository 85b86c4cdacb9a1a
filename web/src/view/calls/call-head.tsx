import { Minimize2, Route, ShieldCheck, TriangleAlert, Wifi } from "lucide-react";
import { observer } from "mobx-react-lite";
import { t } from "../../i18n/call-texts.ts";
import type { CurrentCall } from "../../model/calls/current-call.ts";
import { IconButton } from "../parts/icon-button.tsx";
import { useRoot } from "../root-context.ts";
import { CallTimer } from "./call-timer.tsx";
import { callTitle, linkWords } from "./call-words.ts";

/** With whom, for how long, and how well. */
export const CallHead = observer(function CallHead({ current }: { current: CurrentCall }) {
  const root = useRoot();
  const { link, quality, talkingSince } = current;
  const Icon =
    link?.name === "blocked"
      ? TriangleAlert
      : link?.name === "connected" && link.path === "relayed"
        ? current.relayOnly
          ? ShieldCheck
          : Route
        : Wifi;
  return (
    <header className="call-head">
      <IconButton
        icon={Minimize2}
        label={t("calls.minimise")}
        className="call-head-button"
        onClick={() => current.minimise()}
      />
      <div className="call-head-text">
        <h2 className="call-title">{callTitle(root, current.plan.chatId)}</h2>
        <p className="call-status">
          {talkingSince !== null && <CallTimer since={talkingSince} />}
          <span
            className="call-link"
            role="status"
            data-link={link?.name === "connected" ? (link.path ?? "connected") : link?.name}
          >
            <Icon aria-hidden="true" />
            {linkWords(root, current)}
          </span>
        </p>
      </div>
      {quality !== null && (
        <span
          className="call-quality"
          data-quality={quality}
          role="img"
          aria-label={t(`calls.quality.${quality}`)}
          title={t(`calls.quality.${quality}`)}
        >
          <i />
          <i />
          <i />
        </span>
      )}
    </header>
  );
});
