import { ArrowLeft, Keyboard, LogOut } from "lucide-react";
import { observer } from "mobx-react-lite";
import { t } from "../../i18n/t.ts";
import { ProtectionChip } from "../connection/protection-chip.tsx";
import { IconButton } from "../parts/icon-button.tsx";
import { useRoot } from "../root-context.ts";
import { AccountCard } from "./account-card.tsx";
import { AppearanceCard } from "./appearance-card.tsx";
import { CallsCard } from "./calls-card.tsx";
import { DeleteCard } from "./delete-card.tsx";
import { DevicesCard } from "./devices-card.tsx";
import { InvitesCard } from "./invites-card.tsx";
import { NoticesCard } from "./notices-card.tsx";
import { PasswordCard } from "./password-card.tsx";
import { PrivacyCard } from "./privacy-card.tsx";
import { ProfileSettings } from "./profile-settings.tsx";

export const SettingsPage = observer(function SettingsPage() {
  const { ui } = useRoot();
  return (
    <>
      <header className="bar conversation-head">
        <IconButton icon={ArrowLeft} label={t("common.back")} onClick={() => ui.goHome()} />
        <h2 className="bar-title">{t("settings.title")}</h2>
      </header>
      <section className="settings" aria-label={t("settings.title")} data-region="settings" tabIndex={0}>
        <div className="settings-page">
          <ProfileSettings />
          <PrivacyCard />
          <div className="card">
            <div className="setting">
              <span className="setting-label">{t("settings.connection")}</span>
              <ProtectionChip />
            </div>
          </div>
          <AccountCard />
          <InvitesCard />
          <AppearanceCard />
          <NoticesCard />
          <CallsCard />
          <DevicesCard />
          <PasswordCard />
          <div className="card">
            <div className="setting">
              <button type="button" className="button button-text" onClick={() => ui.show({ name: "help" })}>
                <Keyboard aria-hidden="true" />
                {t("settings.help")}
              </button>
              <button type="button" className="button button-danger-text" onClick={() => ui.show({ name: "signOut" })}>
                <LogOut aria-hidden="true" />
                {t("settings.signOut")}
              </button>
            </div>
          </div>
          <DeleteCard />
        </div>
      </section>
    </>
  );
});
