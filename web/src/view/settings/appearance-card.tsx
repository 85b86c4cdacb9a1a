import { observer } from "mobx-react-lite";
import { t } from "../../i18n/t.ts";
import { ACCENTS, SEND_KEYS, TEXT_SIZES, THEMES } from "../../model/preferences.ts";
import { Choices } from "../parts/choices.tsx";
import { Toggle } from "../parts/toggle.tsx";
import { useRoot } from "../root-context.ts";

const THEME_TEXTS = {
  system: "settings.themeSystem",
  light: "settings.themeLight",
  dark: "settings.themeDark",
} as const;
const ACCENT_TEXTS = {
  iris: "settings.accentIris",
  sea: "settings.accentSea",
  moss: "settings.accentMoss",
  clay: "settings.accentClay",
  plum: "settings.accentPlum",
} as const;
const SIZE_TEXTS = {
  small: "settings.sizeSmall",
  normal: "settings.sizeNormal",
  large: "settings.sizeLarge",
  larger: "settings.sizeLarger",
} as const;

export const AppearanceCard = observer(function AppearanceCard() {
  const { preferences } = useRoot();
  return (
    <div className="card">
      <h3 className="card-title">{t("settings.appearance")}</h3>
      <Choices
        label={t("settings.theme")}
        value={preferences.theme}
        options={THEMES}
        onChoose={(theme) => preferences.choose({ theme })}
        face={(theme) => t(THEME_TEXTS[theme])}
      />
      <Choices
        label={t("settings.accent")}
        value={preferences.accent}
        options={ACCENTS}
        onChoose={(accent) => preferences.choose({ accent })}
        face={(accent) => (
          <>
            <span className="swatch" data-scheme={document.documentElement.dataset.scheme} data-accent={accent} />
            {t(ACCENT_TEXTS[accent])}
          </>
        )}
      />
      <Choices
        label={t("settings.textSize")}
        value={preferences.textSize}
        options={TEXT_SIZES}
        onChoose={(textSize) => preferences.choose({ textSize })}
        face={(size) => t(SIZE_TEXTS[size])}
      />
      <Choices
        label={t("settings.sendKey")}
        value={preferences.sendKey}
        options={SEND_KEYS}
        onChoose={(sendKey) => preferences.choose({ sendKey })}
        face={(key) => (key === "enter" ? t("settings.sendEnter") : t("settings.sendCtrlEnter"))}
      />
      <p className="field-hint">
        {preferences.sendKey === "enter" ? t("settings.sendEnterHint") : t("settings.sendCtrlEnterHint")}
      </p>
      <Toggle
        label={t("settings.sharedLook")}
        hint={t("settings.sharedLookHint")}
        checked={preferences.shared}
        onChange={(on) => preferences.share(on)}
      />
    </div>
  );
});
