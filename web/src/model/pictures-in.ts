import type { Chat } from "./chat.ts";
import { showsAs } from "./file-claims.ts";
import type { WantedFile } from "./file-urls.ts";

/** The pictures of the stretch that is loaded, from old to new; those that were forwarded as one, too. */
export function picturesIn(chat: Chat): readonly WantedFile[] {
  const { chatId } = chat;
  return chat.lines.flatMap((message) => {
    if (message.kind !== "text" || message.seq === undefined || message.retracted) return [];
    const place = { chatId, seq: message.seq };
    const own = message.file === undefined ? [] : [message.file];
    const forwarded = (message.items ?? []).flatMap((item) =>
      item.kind === "image" ? [{ ...item.body, kind: item.kind }] : [],
    );
    return [...own, ...forwarded].filter((file) => showsAs(file) === "picture").map((file) => ({ place, file }));
  });
}
