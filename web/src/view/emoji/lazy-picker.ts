import { lazy } from "react";

/** Fetched when somebody looks for an emoji. */
export const EmojiPicker = lazy(async () => ({ default: (await import("./emoji-picker.tsx")).EmojiPicker }));
