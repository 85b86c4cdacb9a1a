import { laterPart } from "../later-part.tsx";

/** Nobody sees a conversation before the sign-in, or while only the list is looked at. */
export const Conversation = laterPart(async () => (await import("./conversation.tsx")).Conversation);
