import type { ChatId, FileId, UserId } from "../src/ids.ts";
import type { FileBody, FileKind } from "../src/schema/file.ts";
import type { ForwardItem, Message, NewContent } from "../src/schema/message.ts";
import type { UserCard } from "../src/schema/people.ts";

export type StoredContent = Pick<Extract<Message, { kind: "text" }>, "kind" | "body"> | OtherContent;
type OtherContent =
  | Pick<Extract<Message, { kind: "location" }>, "kind" | "body">
  | Pick<Extract<Message, { kind: "contact" }>, "kind" | "body">
  | Pick<Extract<Message, { kind: "poll" }>, "kind" | "body">
  | Pick<Extract<Message, { kind: "forward" }>, "kind" | "body">
  | { readonly kind: FileKind; readonly body: FileBody };

export function cardOf(userId: UserId): UserCard {
  return { userId, handle: `h${userId.slice(0, 8)}`, displayName: `Name of ${userId.slice(0, 8)}`, avatar: null };
}

/** What a server keeps of what it is sent: cards and forwarded messages are its own copies. */
export function storedOf(content: NewContent, logOf: (chatId: ChatId) => readonly Message[]): StoredContent {
  switch (content.kind) {
    case "text":
    case "location":
    case "poll":
      return content;
    case "contact":
      return { kind: "contact", body: { user: cardOf(content.body.userId) } };
    case "forward": {
      const log = logOf(content.body.chatId);
      const items = content.body.seqs.flatMap((seq) => itemOf(log[seq - 1]));
      const [first] = items;
      if (first && items.length === 1) return single(first);
      return { kind: "forward", body: { items } };
    }
    case "image":
    case "file":
    case "voice":
    case "video":
      return { kind: content.kind, body: { ...recordOf(content.body.fileId), ...content.body } };
    default:
      return content satisfies never;
  }
}

/** What the model server knows of a file: every file is this one. */
function recordOf(fileId: FileId): Pick<FileBody, "fileId" | "name" | "type" | "size" | "sha256"> {
  return { fileId, name: "file.bin", type: "application/octet-stream", size: 1, sha256: "0".repeat(64) };
}

function itemOf(message: Message | undefined): ForwardItem[] {
  if (message === undefined || message.kind === "void") return [];
  const from = { sender: cardOf(message.sender), sentAt: message.sentAt };
  switch (message.kind) {
    case "text":
      return [{ ...from, kind: message.kind, body: message.body }];
    case "location":
      return [{ ...from, kind: message.kind, body: message.body }];
    case "contact":
      return [{ ...from, kind: message.kind, body: message.body }];
    case "image":
    case "file":
    case "voice":
    case "video":
      return [{ ...from, kind: message.kind, body: message.body }];
    default:
      return [];
  }
}

function single(item: ForwardItem): StoredContent {
  const forwarded = { userId: item.sender.userId, sentAt: item.sentAt };
  switch (item.kind) {
    case "text":
      return { kind: item.kind, body: { ...item.body, forwarded } };
    case "location":
      return { kind: item.kind, body: { ...item.body, forwarded } };
    case "contact":
      return { kind: item.kind, body: { ...item.body, forwarded } };
    case "image":
    case "file":
    case "voice":
    case "video":
      return { kind: item.kind, body: { ...item.body, forwarded } };
  }
}
