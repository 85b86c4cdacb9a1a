import type { Client } from "@parley/protocol/client";

/** What the models need of the client library; the composition root hands in the real one. */
export type Talk = Pick<
  Client,
  | "userId"
  | "leads"
  | "settings"
  | "setSetting"
  | "protection"
  | "prepare"
  | "register"
  | "signIn"
  | "requestCode"
  | "signInByCode"
  | "resetPassword"
  | "deleteAccount"
  | "signOut"
  | "reconnectNow"
  | "markVerified"
  | "resetPin"
  | "request"
  | "history"
  | "send"
  | "retry"
  | "discard"
  | "markRead"
  | "setPrefs"
  | "setDraft"
  | "newClientId"
  | "setTyping"
  | "watch"
  | "files"
>;
