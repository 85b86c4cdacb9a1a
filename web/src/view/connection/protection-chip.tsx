import { observer } from "mobx-react-lite";
import { t } from "../../i18n/t.ts";
import { useRoot } from "../root-context.ts";
import { lookOf } from "./protection-look.ts";

/** How safe the connection is, in one glance; opens the whole story. */
export const ProtectionChip = observer(function ProtectionChip() {
  const { connection, ui } = useRoot();
  const { icon: Icon, tone, title } = lookOf(connection.protection, window.isSecureContext);
  return (
    <button
      type="button"
      className="protection-chip"
      data-tone={tone}
      aria-label={t("connection.open", { state: title })}
      onClick={() => ui.show({ name: "connection" })}
    >
      <Icon aria-hidden="true" />
      {title}
    </button>
  );
});
