import { observer } from "mobx-react-lite";
import { useEffect } from "react";
import { t } from "../i18n/t.ts";
import type { Root } from "../model/root.ts";
import type { Route } from "../model/ui.ts";
import { Appearance } from "./appearance.tsx";
import { ChatsPane } from "./chats/chats-pane.tsx";
import { OfflineBanner } from "./connection/offline-banner.tsx";
import { RefusedScreen } from "./connection/refused-screen.tsx";
import { RotationNotice } from "./connection/rotation-notice.tsx";
import { Conversation } from "./conversation/later-conversation.ts";
import {
  atFirstSign,
  CallBar,
  CallLayer,
  ContactsPage,
  DetailsPane,
  Dialogs,
  fetchLaterParts,
  SettingsPage,
} from "./later.ts";
import { PageTitle } from "./page-title.tsx";
import { BrandMark } from "./parts/brand-mark.tsx";
import { EmptyState } from "./parts/empty-state.tsx";
import { Toast } from "./parts/toast.tsx";
import { RootContext } from "./root-context.ts";
import { MODIFIER, useShortcuts } from "./shortcuts.ts";
import { WelcomeScreen } from "./welcome/welcome-screen.tsx";

export const AppView = observer(function AppView({ root }: { root: Root }) {
  useShortcuts(root);
  useEffect(
    () =>
      atFirstSign(() => {
        Conversation.fetch().catch(() => {});
        fetchLaterParts(() => root.calls.open());
      }),
    [root],
  );
  return (
    <RootContext value={root}>
      <Appearance />
      <PageTitle />
      <Screen root={root} />
      <OpenDialog root={root} />
      <OpenCalls root={root} />
      <Toast />
    </RootContext>
  );
});

const OpenDialog = observer(function OpenDialog({ root: { ui } }: { root: Root }) {
  return ui.dialog === null ? null : <Dialogs />;
});

const OpenCalls = observer(function OpenCalls({ root }: { root: Root }) {
  const { calls } = root.calls;
  return calls === null || (calls.current ?? calls.incoming) === null ? null : <CallLayer calls={calls} />;
});

const SmallCall = observer(function SmallCall({ root }: { root: Root }) {
  const current = root.calls.calls?.current;
  return current?.minimised !== true ? null : <CallBar current={current} />;
});

const Screen = observer(function Screen({ root }: { root: Root }) {
  const { connection, session } = root;
  if (connection.refusal !== null) return <RefusedScreen refusal={connection.refusal} />;
  switch (session.phase) {
    case "starting":
      return <Splash doing={t("welcome.starting")} />;
    case "leaving":
      return <Splash doing={t("welcome.leaving")} />;
    case "signedOut":
      return <WelcomeScreen />;
    case "signedIn":
      return <Panes root={root} />;
  }
});

function Splash({ doing }: { doing: string }) {
  return (
    <main className="splash">
      <BrandMark />
      <h1 className="unseen">{t("app.name")}</h1>
      <p role="status">{doing}</p>
    </main>
  );
}

const Panes = observer(function Panes({ root }: { root: Root }) {
  const { ui, chat } = root;
  const { route } = ui;
  const heading = headingOf(route.name) ?? chat?.title ?? t("app.name");
  const details = route.name === "chat" && ui.detailsOpen ? chat : undefined;
  return (
    <div
      className="app"
      data-showing={route.name === "home" ? "list" : "main"}
      data-details={details === undefined ? undefined : "open"}
    >
      <div className="banners">
        <SmallCall root={root} />
        <OfflineBanner />
        <RotationNotice />
      </div>
      <ChatsPane />
      <main className="pane-main">
        <h1 className="unseen">{heading}</h1>
        {route.name === "chat" && <Conversation />}
        {route.name === "contacts" && <ContactsPage />}
        {route.name === "settings" && <SettingsPage />}
        {route.name === "home" && (
          <EmptyState
            title={t("chat.pick")}
            hint={t("chat.pickHint", { keys: t("keys.plus", { a: t(MODIFIER), b: t("keys.k") }) })}
          />
        )}
      </main>
      {details !== undefined && <DetailsPane chat={details} />}
    </div>
  );
});

function headingOf(route: Route["name"]): string | undefined {
  if (route === "settings") return t("nav.settings");
  return route === "contacts" ? t("contacts.title") : undefined;
}
