import { type Static, Type } from "typebox";
import { ChatId, TimeMs, Version } from "../ids.ts";
import {
  FOLDER_NAME_MAX,
  FOLDERS_PER_CHAT_MAX,
  SETTING_KEY_MAX,
  SETTING_VALUE_MAX,
  SETTINGS_MAX,
  TEXT_MAX_BYTES,
} from "../limits.ts";
import { Empty } from "./account.ts";

/** What one person wants of one chat, on all devices. Absent fields are as for a chat that nobody touched. */
export const ChatPrefs = Type.Object({
  /** When it was pinned; pinned chats come first, the latest on top. */
  pinnedAt: Type.Optional(TimeMs),
  archived: Type.Optional(Type.Literal(true)),
  /** No notifications until then. */
  mutedUntil: Type.Optional(TimeMs),
  /** Notifications for mentions only. */
  mentionsOnly: Type.Optional(Type.Literal(true)),
  folders: Type.Optional(
    Type.Array(Type.String({ minLength: 1, maxLength: FOLDER_NAME_MAX }), { maxItems: FOLDERS_PER_CHAT_MAX }),
  ),
});
export type ChatPrefs = Static<typeof ChatPrefs>;

/** Replaces all of them: the client sends what is to be true. */
export const chatSetPrefs = {
  params: Type.Object({ chatId: ChatId, prefs: ChatPrefs }),
  result: Type.Object({ version: Version }),
};

/** What was begun to be written; empty when nothing is. */
export const Draft = Type.Object({
  text: Type.String({ maxLength: TEXT_MAX_BYTES }),
  replyTo: Type.Optional(Type.Integer({ minimum: 1 })),
});
export type Draft = Static<typeof Draft>;
/** The last writer wins by the server's order. */
export const chatSetDraft = {
  params: Type.Object({ chatId: ChatId, draft: Draft }),
  result: Type.Object({ version: Version }),
};

/** Of the client's making, `area.name`; the server keeps and syncs it, and knows no meaning of it. */
const SettingKey = Type.String({
  minLength: 1,
  maxLength: SETTING_KEY_MAX,
  pattern: "^[a-z][A-Za-z0-9]*(\\.[A-Za-z0-9]+)*$",
});
/** JSON text. */
const SettingValue = Type.String({ minLength: 1, maxLength: SETTING_VALUE_MAX });
export const Setting = Type.Object({ key: SettingKey, value: SettingValue, version: Version });
export type Setting = Static<typeof Setting>;
export const settingsSet = {
  params: Type.Object({ key: SettingKey, value: SettingValue }),
  result: Type.Object({ version: Version }),
};
export const settingsGet = {
  params: Empty,
  result: Type.Object({ settings: Type.Array(Setting, { maxItems: SETTINGS_MAX }) }),
};
