import { laterPart } from "./later-part.tsx";

/**
 * Parts that a page which nobody has touched does not need. They are fetched when the page comes to rest after that, so that
 * they are there also when the server is not.
 */
export const Dialogs = laterPart(async () => (await import("./dialogs/dialogs.tsx")).Dialogs);
export const SettingsPage = laterPart(async () => (await import("./settings/settings-page.tsx")).SettingsPage);
export const ContactsPage = laterPart(async () => (await import("./contacts/contacts-page.tsx")).ContactsPage);
export const SearchResults = laterPart(async () => (await import("./chats/search-results.tsx")).SearchResults);
export const ChatMenu = laterPart(async () => (await import("./chats/chat-menu.tsx")).ChatMenu);
export const DetailsPane = laterPart(async () => (await import("./details/details-pane.tsx")).DetailsPane);
export const MessageMenu = laterPart(async () => (await import("./conversation/message-menu.tsx")).MessageMenu);
export const CallLayer = laterPart(async () => (await import("./calls/call-layer.tsx")).CallLayer);
export const CallBar = laterPart(async () => (await import("./calls/call-bar.tsx")).CallBar);
/** The ways in that most people never take, or take once. */
export const RegisterForm = laterPart(async () => (await import("./welcome/register-form.tsx")).RegisterForm);
export const CodeForm = laterPart(async () => (await import("./welcome/code-form.tsx")).CodeForm);
export const ForgotForm = laterPart(async () => (await import("./welcome/forgot-form.tsx")).ForgotForm);

const PARTS = [
  RegisterForm,
  Dialogs,
  SettingsPage,
  ContactsPage,
  SearchResults,
  MessageMenu,
  ChatMenu,
  DetailsPane,
  CodeForm,
  ForgotForm,
  CallLayer,
  CallBar,
];

/** Safari has no idle callback. */
const REST_MS = 1_500;
/** Comes before anything that people can open: a hand on the mouse, a finger, a key. */
const SIGNS = ["pointermove", "pointerdown", "keydown"] as const;

/** Calls `fetch` once, at the first sign that somebody is there. The answer ends the waiting. */
export function atFirstSign(fetch: () => void): () => void {
  const ending = new AbortController();
  const begin = () => {
    ending.abort();
    fetch();
  };
  for (const sign of SIGNS) addEventListener(sign, begin, { signal: ending.signal, passive: true });
  return () => ending.abort();
}

/** `fetchCalls`: the models of calls; who calls has no second to wait for them. */
export function fetchLaterParts(fetchCalls: () => Promise<unknown>): void {
  const fetchAll = () => {
    // What fails now is fetched when it is needed.
    for (const fetchPart of [...PARTS.map(({ fetch }) => fetch), fetchCalls]) fetchPart().catch(() => {});
  };
  if (typeof requestIdleCallback === "function") requestIdleCallback(fetchAll);
  else setTimeout(fetchAll, REST_MS);
}
