import { lazy } from "react";

/** Nobody sees a conversation before the sign-in; who is signed in gets its code while the first data is on its way. */
export const importConversation = () => import("./conversation.tsx");
export const Conversation = lazy(async () => ({ default: (await importConversation()).Conversation }));
