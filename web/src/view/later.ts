import { lazy } from "react";

/**
 * Parts that nobody needs in the first second. They are fetched when the page has come to rest, so that they are there
 * also when the server is not.
 */
const importDialogs = () => import("./dialogs/dialogs.tsx");
const importSettings = () => import("./settings/settings-page.tsx");
const importContacts = () => import("./contacts/contacts-page.tsx");
const importChatMenu = () => import("./chats/chat-menu.tsx");
const importMenu = () => import("./conversation/message-menu.tsx");

export const Dialogs = lazy(async () => ({ default: (await importDialogs()).Dialogs }));
export const SettingsPage = lazy(async () => ({ default: (await importSettings()).SettingsPage }));
export const ContactsPage = lazy(async () => ({ default: (await importContacts()).ContactsPage }));
export const ChatMenu = lazy(async () => ({ default: (await importChatMenu()).ChatMenu }));
export const MessageMenu = lazy(async () => ({ default: (await importMenu()).MessageMenu }));

/** Safari has no idle callback. */
const REST_MS = 1_500;

export function fetchLaterParts(): void {
  const fetchAll = () => {
    // What fails now is fetched when it is needed.
    const parts = [importDialogs, importSettings, importContacts, importMenu, importChatMenu];
    for (const fetchPart of parts) fetchPart().catch(() => {});
  };
  if (typeof requestIdleCallback === "function") requestIdleCallback(fetchAll);
  else setTimeout(fetchAll, REST_MS);
}
