import { limits, type NewContent, type NewFile, ReplyError, type UserId } from "@parley/protocol";
import { type FileContent, readContent } from "../../records/entry.ts";
import { isFile } from "../../records/shown-files.ts";
import type { Kv } from "../../store/kv.ts";
import { suitsKind } from "../files/media-type.ts";
import { requireOwn } from "../files/own-file.ts";
import { checkVisible } from "./text.ts";

export type NewFileContent = Extract<NewContent, { kind: FileContent["kind"] }>;

export function isNewFile(given: NewContent): given is NewFileContent {
  return isFile(given);
}

/** Known fields alone, in one order. What the sender says of a picture is a claim: whoever shows it checks. */
export function storedFileBody({ fileId, ...shown }: NewFile): NewFile {
  const { caption, replyTo, width, height, durationMs, preview, waveform, sealed } = shown;
  return {
    fileId,
    ...(caption === undefined ? {} : { caption }),
    ...(replyTo === undefined ? {} : { replyTo }),
    ...(width === undefined ? {} : { width }),
    ...(height === undefined ? {} : { height }),
    ...(durationMs === undefined ? {} : { durationMs }),
    ...(preview === undefined ? {} : { preview }),
    ...(waveform === undefined ? {} : { waveform }),
    ...(sealed === undefined
      ? {}
      : { sealed: { key: sealed.key, size: sealed.size, sha256: sealed.sha256, type: sealed.type } }),
  };
}

/** With name, type, size and hash as they were checked. Throws `FILE_NOT_FOUND`, `FILE_NOT_READY`, `FILE_TYPE_WRONG`. */
export async function ownFileContent(store: Kv, userId: UserId, given: NewFileContent): Promise<FileContent> {
  const { fileId, ...shown } = storedFileBody(given.body);
  const file = await requireOwn(store, userId, fileId);
  if (file.key === null) throw new ReplyError("FILE_NOT_READY");
  const { name, type, size, sha256 } = file;
  if (!suitsKind(given.kind, shown.sealed?.type ?? type)) {
    throw new ReplyError("INVALID_PARAMS", { message: "Files of this type are sent as another kind" });
  }
  if (shown.caption !== undefined) {
    if (Buffer.byteLength(shown.caption) > limits.CAPTION_MAX) throw new ReplyError("TEXT_TOO_LONG");
    checkVisible(shown.caption);
  }
  return { kind: given.kind, body: { fileId, name, type, size, sha256, ...shown } };
}

/** Whether a stored entry is what became of this. */
export function isSameFile(stored: string, given: NewFileContent): boolean {
  const content = readContent(stored);
  // Taken back since: it may have been.
  if (content === null) return true;
  if (!isFile(content) || content.kind !== given.kind || content.body.forwarded !== undefined) return false;
  return JSON.stringify(storedFileBody(content.body)) === JSON.stringify(storedFileBody(given.body));
}
