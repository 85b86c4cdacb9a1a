import { type CallSaid, callWords } from "./call-words.ts";
import { fileWords } from "./file-text.ts";
import { t } from "./t.ts";

/** A notification is read at a glance; systems cut it anyway. */
const BODY_MAX = 200;

/** An entry of a log, as far as its words go. */
type Entry =
  | { readonly kind: "text"; readonly body: { readonly text: string } }
  | { readonly kind: "location"; readonly body: { readonly label?: string } }
  | { readonly kind: "contact"; readonly body: { readonly user: { readonly displayName: string } } }
  | { readonly kind: "poll"; readonly body: { readonly question: string } }
  | { readonly kind: "forward"; readonly body: { readonly items: readonly unknown[] } }
  | {
      readonly kind: "image" | "file" | "voice" | "video";
      readonly body: { readonly name: string; readonly caption?: string; readonly durationMs?: number };
    }
  | { readonly kind: "call"; readonly body: CallSaid }
  | { readonly kind: "system" | "retracted" };

/** What a message says, in one line. */
export function noticeBody(entry: Entry): string {
  switch (entry.kind) {
    case "text":
      return cut(entry.body.text.replace(/\s+/g, " ").trim());
    case "location":
      return t("notices.location", { label: entry.body.label ?? "" }).trim();
    case "contact":
      return t("notices.contact", { name: entry.body.user.displayName });
    case "poll":
      return t("notices.poll", { question: entry.body.question });
    case "forward":
      return t("notices.forward", { count: entry.body.items.length });
    case "image":
    case "file":
    case "voice":
    case "video":
      return cut(fileWords({ ...entry.body, kind: entry.kind }));
    case "call":
      return callWords(entry.body);
    case "system":
    case "retracted":
      return t("notices.hidden");
    default:
      return entry satisfies never;
  }
}

function cut(text: string): string {
  return text.length <= BODY_MAX ? text : `${text.slice(0, BODY_MAX - 1)}…`;
}
