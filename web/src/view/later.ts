import { lazy } from "react";

/**
 * Parts that nobody needs in the first second. They are fetched when the page has come to rest, so that they are there
 * also when the server is not.
 */
const importDialogs = () => import("./dialogs/dialogs.tsx");
const importSettings = () => import("./settings/settings-page.tsx");
const importContacts = () => import("./contacts/contacts-page.tsx");
const importChatMenu = () => import("./chats/chat-menu.tsx");
/** The ways in that most people never take, or take once. */
const importRegister = () => import("./welcome/register-form.tsx");
const importCode = () => import("./welcome/code-form.tsx");
const importForgot = () => import("./welcome/forgot-form.tsx");
const importDetails = () => import("./details/details-pane.tsx");
const importMenu = () => import("./conversation/message-menu.tsx");

const importCalls = () => import("./calls/call-layer.tsx");
const importCallBar = () => import("./calls/call-bar.tsx");

const PARTS = [
  importRegister,
  importDialogs,
  importSettings,
  importContacts,
  importMenu,
  importChatMenu,
  importDetails,
  importCode,
  importForgot,
  importCalls,
  importCallBar,
];

export const Dialogs = lazy(async () => ({ default: (await importDialogs()).Dialogs }));
export const SettingsPage = lazy(async () => ({ default: (await importSettings()).SettingsPage }));
export const ContactsPage = lazy(async () => ({ default: (await importContacts()).ContactsPage }));
export const ChatMenu = lazy(async () => ({ default: (await importChatMenu()).ChatMenu }));
export const RegisterForm = lazy(async () => ({ default: (await importRegister()).RegisterForm }));
export const CodeForm = lazy(async () => ({ default: (await importCode()).CodeForm }));
export const ForgotForm = lazy(async () => ({ default: (await importForgot()).ForgotForm }));
export const DetailsPane = lazy(async () => ({ default: (await importDetails()).DetailsPane }));
export const CallLayer = lazy(async () => ({ default: (await importCalls()).CallLayer }));
export const CallBar = lazy(async () => ({ default: (await importCallBar()).CallBar }));
export const MessageMenu = lazy(async () => ({ default: (await importMenu()).MessageMenu }));

/** Safari has no idle callback. */
const REST_MS = 1_500;

/** `fetchCalls`: the models of calls; who is rung has no second to wait for them. */
export function fetchLaterParts(fetchCalls: () => Promise<unknown>): void {
  const fetchAll = () => {
    // What fails now is fetched when it is needed.
    for (const fetchPart of [...PARTS, fetchCalls]) fetchPart().catch(() => {});
  };
  if (typeof requestIdleCallback === "function") requestIdleCallback(fetchAll);
  else setTimeout(fetchAll, REST_MS);
}
