import { Value } from "typebox/value";
import { NewFile, SealedFile } from "../schema/file.ts";
import { type Message, NewContent } from "../schema/message.ts";
import { utf8 } from "../secure/bytes.ts";
import { ClientError } from "./state.ts";

/** An entry of the log without its place. */
type Stored = Pick<Extract<Message, { kind: "text" }>, "kind" | "body"> | StoredOther;
type StoredOther =
  | Pick<Extract<Message, { kind: "location" }>, "kind" | "body">
  | Pick<Extract<Message, { kind: "poll" }>, "kind" | "body">;

/** Throws `invalidParams` for what a server would refuse in any case. */
export function checkContent(content: NewContent, textBytes: number): void {
  if (!Value.Check(NewContent, content)) throw new ClientError("invalidParams", "CONTENT_INVALID");
  if (content.kind !== "text") return;
  const { text } = content.body;
  if (text.trim() === "") throw new ClientError("invalidParams", "TEXT_EMPTY");
  if (utf8(text).length > textBytes) throw new ClientError("invalidParams", "TEXT_TOO_LONG");
}

/** Known fields alone, as the server keeps them, so that what is shown before the acknowledgement does not change with it. */
export function tidyContent(content: NewContent): NewContent {
  switch (content.kind) {
    case "text": {
      const { text, mentions, mentionAll, replyTo } = content.body;
      const people = [...new Set(mentions)];
      return {
        kind: "text",
        body: {
          text,
          ...(people.length === 0 ? {} : { mentions: people }),
          ...(mentionAll === undefined ? {} : { mentionAll }),
          ...(replyTo === undefined ? {} : { replyTo }),
        },
      };
    }
    case "location": {
      const { latitude, longitude, label, replyTo } = content.body;
      return {
        kind: "location",
        body: {
          latitude,
          longitude,
          ...(label === undefined ? {} : { label }),
          ...(replyTo === undefined ? {} : { replyTo }),
        },
      };
    }
    case "poll": {
      const { question, options, multiple, anonymous, closesAt } = content.body;
      const body = { question, options: [...options], multiple, anonymous };
      return { kind: "poll", body: closesAt === undefined ? body : { ...body, closesAt } };
    }
    case "contact":
      return { kind: "contact", body: { userId: content.body.userId } };
    case "forward":
      return { kind: "forward", body: { chatId: content.body.chatId, seqs: [...content.body.seqs] } };
    case "image":
    case "file":
    case "voice":
    case "video":
      return { kind: content.kind, body: tidyFile(content.body) };
    default:
      return content satisfies never;
  }
}

function tidyFile(body: NewFile): NewFile {
  const { sealed } = body;
  return { ...known(NewFile, body), ...(sealed === undefined ? {} : { sealed: known(SealedFile, sealed) }) };
}

function known<T extends object>({ properties }: { readonly properties: object }, value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([name]) => Object.hasOwn(properties, name))) as T;
}

/** What the log has of it; null where the server copies what only it has. */
export function storedContent(content: NewContent): Stored | null {
  switch (content.kind) {
    case "text":
    case "location":
    case "poll":
      return content;
    case "contact":
    case "forward":
    case "image":
    case "file":
    case "voice":
    case "video":
      return null;
    default:
      return content satisfies never;
  }
}
