import type { FileBody, FileKind } from "@parley/protocol";
import { type Content, type FileContent, readContent } from "./entry.ts";

/** A file as a message shows it. */
export interface ShownFile extends FileBody {
  readonly kind: FileKind;
}

const FILE_KINDS: ReadonlySet<string> = new Set<FileKind>(["image", "file", "voice", "video"]);

export function isFile(content: { readonly kind: string }): content is FileContent {
  return FILE_KINDS.has(content.kind);
}

/** Files that a message has, by itself or in what it forwards. */
export function filesOf(content: Content): ShownFile[] {
  if (isFile(content)) return [{ kind: content.kind, ...content.body }];
  if (content.kind !== "forward") return [];
  return content.body.items.flatMap((item) => (isFile(item) ? [{ kind: item.kind, ...item.body }] : []));
}

/** The same of a stored entry; none for one that was taken back. */
export function filesIn(text: string): ShownFile[] {
  const content = readContent(text);
  return content === null ? [] : filesOf(content);
}
