import { MonitorSmartphone } from "lucide-react";
import { observer } from "mobx-react-lite";
import { useEffect, useState } from "react";
import { longAgo } from "../../i18n/dates.ts";
import { t } from "../../i18n/t.ts";
import { useRoot } from "../root-context.ts";
import { useNow } from "../use-now.ts";

/** Everywhere the person is signed in, and a way to end it. */
export const DevicesCard = observer(function DevicesCard() {
  const root = useRoot();
  const { session, connection } = root;
  const [failed, setFailed] = useState(false);
  const now = useNow(30_000);
  const { online } = connection;
  useEffect(() => {
    if (!online) return;
    session.loadDevices().then(
      () => setFailed(false),
      () => setFailed(true),
    );
  }, [session, online]);
  return (
    <div className="card">
      <div>
        <h3 className="card-title">{t("settings.devices")}</h3>
        <p className="field-hint">{t("settings.devicesHint")}</p>
      </div>
      {failed && (
        <p className="notice notice-warn" role="status">
          {t("settings.devicesFailed")}
        </p>
      )}
      <ul>
        {session.devices.map((device) => (
          <li key={device.deviceId} className="device">
            <MonitorSmartphone aria-hidden="true" />
            <span className="person-row-text">
              <span className="person-name">{device.name}</span>
              <span className="person-note">
                {device.current
                  ? t("settings.thisDevice")
                  : t("settings.lastSeen", { when: longAgo(device.lastSeenAt, now) })}
              </span>
            </span>
            {!device.current && (
              <button
                type="button"
                className="button button-danger-text"
                aria-label={t("settings.revokeDevice", { name: device.name })}
                onClick={() => void root.attempt(() => session.revokeDevice(device.deviceId))}
              >
                {t("settings.revoke")}
              </button>
            )}
          </li>
        ))}
      </ul>
      {session.devices.length > 1 && (
        <button
          type="button"
          className="button button-quiet"
          onClick={() => void root.attempt(() => session.revokeOthers())}
        >
          {t("settings.revokeOthers")}
        </button>
      )}
    </div>
  );
});
