import type { ChatId } from "@parley/protocol";

/** The address of one message. */
export function messagePath(chatId: ChatId, seq: number): string {
  return `/c/${chatId}/${seq}`;
}
