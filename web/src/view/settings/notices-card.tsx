import { Bell, Volume2 } from "lucide-react";
import { observer } from "mobx-react-lite";
import { t } from "../../i18n/t.ts";
import { Toggle } from "../parts/toggle.tsx";
import { useRoot } from "../root-context.ts";
import { QuietHoursFields } from "./quiet-hours-fields.tsx";

/** When and how messages are told of that come while nobody looks. */
export const NoticesCard = observer(function NoticesCard() {
  const { notices } = useRoot();
  const { rules } = notices;
  return (
    <div className="card" data-card="notices">
      <h3 className="card-title">{t("notices.title")}</h3>
      <OnThisDevice />
      <p className="field-hint">{t("notices.everywhere")}</p>
      <Toggle
        label={t("notices.preview")}
        hint={t("notices.previewHint")}
        checked={rules.preview}
        onChange={(on) => notices.setRule("preview", on)}
      />
      <div className="setting">
        <Toggle
          label={t("notices.sound")}
          checked={rules.sound}
          onChange={(on) => {
            notices.setRule("sound", on);
            if (on) notices.trySound();
          }}
        />
        <button type="button" className="button button-text" onClick={() => notices.trySound()}>
          <Volume2 aria-hidden="true" />
          {t("notices.hearIt")}
        </button>
      </div>
      <QuietHoursFields />
    </div>
  );
});

const OnThisDevice = observer(function OnThisDevice() {
  const { notices } = useRoot();
  switch (notices.permission) {
    case "granted":
      return (
        <Toggle
          label={t("notices.onThisDevice")}
          hint={t("notices.onThisDeviceHint")}
          checked={notices.wanted}
          onChange={(on) => (on ? void notices.turnOn() : notices.turnOff())}
        />
      );
    case "ask":
      return (
        <div className="setting">
          <button type="button" className="button button-quiet" onClick={() => void notices.turnOn()}>
            <Bell aria-hidden="true" />
            {t("notices.turnOn")}
          </button>
          <p className="field-hint">{t("notices.askHint")}</p>
        </div>
      );
    case "blocked":
    case "insecure":
    case "missing":
      return (
        <p className="notice" role="status">
          {t(`notices.${notices.permission}`)}
        </p>
      );
    default:
      return notices.permission satisfies never;
  }
});
