import { observer } from "mobx-react-lite";
import { t } from "../../i18n/t.ts";
import { IconButton } from "../parts/icon-button.tsx";
import { useRoot } from "../root-context.ts";
import { lookOf } from "./protection-look.ts";

/** The shield beside one's own name: always in sight, opens the whole story. */
export const ProtectionButton = observer(function ProtectionButton() {
  const { connection, ui } = useRoot();
  const { icon, tone, title } = lookOf(connection.protection, window.isSecureContext);
  return (
    <IconButton
      icon={icon}
      label={t("connection.open", { state: title })}
      className="protection-button"
      data-tone={tone}
      onClick={() => ui.show({ name: "connection" })}
    />
  );
});
