import { observer } from "mobx-react-lite";
import { t } from "../../i18n/t.ts";
import { useRoot } from "../root-context.ts";

/** The server changed its identity and proved that it may: told once, for those who keep the codes. */
export const RotationNotice = observer(function RotationNotice() {
  const { connection, ui } = useRoot();
  if (connection.rotated === null) return null;
  return (
    <div className="banner banner-info" role="status">
      <span>{t("connection.rotated")}</span>
      <button type="button" className="button" onClick={() => ui.show({ name: "connection" })}>
        {t("connection.rotatedShow")}
      </button>
      <button type="button" className="button" onClick={() => connection.dismissRotation()}>
        {t("common.dismiss")}
      </button>
    </div>
  );
});
