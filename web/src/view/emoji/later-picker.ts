import { laterPart } from "../later-part.tsx";

/** Fetched when somebody looks for an emoji. */
export const EmojiPicker = laterPart(async () => (await import("./emoji-picker.tsx")).EmojiPicker);
