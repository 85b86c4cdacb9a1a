import type { Chat } from "../../model/chat.ts";
import type { TextMessage } from "../../model/message.ts";
import type { Root } from "../../model/root.ts";

/** The message's words stand in the composer; what was being written comes back afterwards. */
export function beginEdit({ drafts }: Root, chat: Chat, message: TextMessage): void {
  const { task } = chat.writing;
  const before = task?.name === "edit" ? task.before : drafts.text(chat.chatId);
  drafts.set(chat.chatId, message.body.text);
  chat.writing.begin({ name: "edit", message, before });
}
