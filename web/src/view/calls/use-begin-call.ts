import type { Chat } from "../../model/chat.ts";
import { useRoot } from "../root-context.ts";

/** Calls a chat, or joins the call that it has; says what is missing where pages may not. */
export function useBeginCall(chat: Chat): (video: boolean) => void {
  const root = useRoot();
  return (video) => {
    if (root.calls.able !== "yes") return root.ui.show({ name: "callsNeed" });
    void root.attempt(async () => {
      const calls = await root.calls.open();
      const going = calls.inChat(chat.chatId);
      await (going === null ? calls.begin(chat, video) : calls.accept(going, video));
    });
  };
}
