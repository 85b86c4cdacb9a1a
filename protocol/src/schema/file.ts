import { type Static, Type } from "typebox";
import { Bytes, BytesUpTo, ChatId, ClientId, FileId, Seq, TimeMs } from "../ids.ts";
import {
  CAPTION_MAX,
  FILE_LIST_PAGE_MAX,
  FILE_NAME_MAX,
  FILE_PARTS_MAX,
  FILE_SIZE_MAX,
  FILE_URLS_MAX,
  IMAGE_SIDE_MAX,
  MEDIA_DURATION_MAX_MS,
  MEDIA_TYPE_MAX,
  PREVIEW_MAX_BYTES,
  WAVEFORM_MAX_BYTES,
} from "../limits.ts";
import { Forwarded } from "./forwarded.ts";
import { record } from "./record.ts";

/** What its sender calls it. The server refuses what cannot be the name of one file: `/`, `\`, control and bidi characters. */
export const FileName = Type.String({ minLength: 1, maxLength: FILE_NAME_MAX });
/** RFC 6838, lower case, without parameters. */
export const MediaType = Type.String({
  maxLength: MEDIA_TYPE_MAX,
  pattern: "^[a-z0-9][a-z0-9!#$&^_.+-]*/[a-z0-9][a-z0-9!#$&^_.+-]*$",
});
export const Md5 = Type.String({ pattern: "^[0-9a-f]{32}$", description: "Lower-case hex." });
export const Sha256 = Type.String({ pattern: "^[0-9a-f]{64}$", description: "SHA-256 of the bytes, lower-case hex." });
const FileSize = Type.Integer({ minimum: 1, maximum: FILE_SIZE_MAX });

/**
 * The bytes in the store are sealed chunk by chunk (SPEC, sealed files): `size`, `sha256` and `type` of the file are
 * those of the sealed bytes, these here of what was sealed.
 */
export const SealedFile = Type.Object({ key: Bytes(16), size: FileSize, sha256: Sha256, type: MediaType });
export type SealedFile = Static<typeof SealedFile>;

/** What the sender says about a file; all of it is a claim, which a client checks before it shows anything by it. */
const shownFields = {
  /** Under the picture or beside the file. */
  caption: Type.Optional(Type.String({ maxLength: CAPTION_MAX })),
  replyTo: Type.Optional(Seq),
  /** Pixels, as they are shown: the room is kept before anything is loaded. */
  width: Type.Optional(Type.Integer({ minimum: 1, maximum: IMAGE_SIDE_MAX })),
  height: Type.Optional(Type.Integer({ minimum: 1, maximum: IMAGE_SIDE_MAX })),
  durationMs: Type.Optional(Type.Integer({ minimum: 0, maximum: MEDIA_DURATION_MAX_MS })),
  /** A tiny WebP, shown blurred until the file is there. */
  preview: Type.Optional(BytesUpTo(PREVIEW_MAX_BYTES)),
  /** Loudness of a voice message, a byte for each stretch of the same length. */
  waveform: Type.Optional(BytesUpTo(WAVEFORM_MAX_BYTES)),
  sealed: Type.Optional(SealedFile),
};

/** Body of the kinds `image`, `file`, `voice` and `video`. Name, type, size and hash are what the server has checked. */
export const FileBody = Type.Object({
  fileId: FileId,
  name: FileName,
  type: MediaType,
  size: FileSize,
  sha256: Sha256,
  ...shownFields,
  forwarded: Type.Optional(Forwarded),
});
export type FileBody = Static<typeof FileBody>;
/** What a client sends of it: a file of its own that is complete. */
export const NewFile = Type.Object({ fileId: FileId, ...shownFields });
export type NewFile = Static<typeof NewFile>;

const Headers = record("^.*$", Type.String());
/** PUT with exactly these headers, before `expiresAt` of the reply. A URL without host is one of this server. */
const Upload = Type.Object({ url: Type.String(), headers: Headers });
export type Upload = Static<typeof Upload>;
const PartNumber = Type.Integer({ minimum: 1, maximum: FILE_PARTS_MAX });
const PartUpload = Type.Object({ number: PartNumber, url: Type.String(), headers: Headers });
export type PartUpload = Static<typeof PartUpload>;

/** One part of a large file. All but the last have at least FILE_PART_MIN_BYTES. */
export const FilePart = Type.Object({ number: PartNumber, size: FileSize, md5: Md5 });
export type FilePart = Static<typeof FilePart>;

/**
 * Asks whether the file may be stored, before a byte moves, and where to. Hashes and size are those of the bytes as
 * uploaded. `parts`, numbered from 1 without gaps, for files that are sent in pieces; the reply has the first
 * FILE_URLS_MAX of their URLs, `file.parts` the others. Sent again with the same `clientId`, the answer is the same upload with
 * fresh URLs, for as long as it lives.
 */
export const fileBegin = {
  params: Type.Object({
    chatId: ChatId,
    name: FileName,
    type: MediaType,
    size: FileSize,
    sha256: Sha256,
    md5: Md5,
    parts: Type.Optional(Type.Array(FilePart, { minItems: 1, maxItems: FILE_PARTS_MAX })),
    clientId: Type.Optional(ClientId),
  }),
  result: Type.Object({
    fileId: FileId,
    expiresAt: TimeMs,
    upload: Type.Optional(Upload),
    parts: Type.Optional(Type.Array(PartUpload)),
    /** The same bytes of the caller's own are stored already under this name and type: nothing is to be sent, the file can be used. */
    ready: Type.Optional(Type.Literal(true)),
  }),
};

/** What of an upload has arrived, and new URLs: of the parts that are asked for, or of the whole file if it has none. */
export const fileParts = {
  params: Type.Object({
    fileId: FileId,
    numbers: Type.Optional(Type.Array(PartNumber, { maxItems: FILE_URLS_MAX })),
  }),
  result: Type.Object({
    arrived: Type.Array(PartNumber),
    expiresAt: TimeMs,
    upload: Type.Optional(Upload),
    parts: Type.Array(PartUpload),
  }),
};

const OneFile = Type.Object({ fileId: FileId });

/** Has the server compare size and hashes at the store. What does not match is deleted there. Repeating it is harmless. */
export const fileComplete = {
  params: OneFile,
  result: Type.Object({ fileId: FileId, name: FileName, type: MediaType, size: FileSize, sha256: Sha256 }),
};

/** Gives an upload up, or a complete file that no message has; both leave the store and the quota. What a message has stays. */
export const fileAbort = { params: OneFile, result: Type.Object({}) };

/**
 * Where to read a file that a message holds, for who may read the message: GET, with Range if wanted. `download` has
 * the browser save it under its name. Ask again when it has expired.
 */
export const fileUrl = {
  params: Type.Object({ chatId: ChatId, seq: Seq, fileId: FileId, download: Type.Optional(Type.Literal(true)) }),
  result: Type.Object({ url: Type.String(), expiresAt: TimeMs }),
};

export const FileKind = Type.Union([
  Type.Literal("image"),
  Type.Literal("file"),
  Type.Literal("voice"),
  Type.Literal("video"),
]);
export type FileKind = Static<typeof FileKind>;

/** The caller's own room. */
export const fileQuota = {
  params: Type.Object({}),
  result: Type.Object({
    usedBytes: Type.Integer(),
    quotaBytes: Type.Integer(),
    /** Largest single file. */
    fileBytes: Type.Integer(),
  }),
};

/** Files of a chat, the newest first: seqs of messages that hold one, to be read by `message.get`. */
export const fileList = {
  params: Type.Object({
    chatId: ChatId,
    kinds: Type.Optional(Type.Array(FileKind, { minItems: 1, maxItems: 4 })),
    before: Type.Optional(Seq),
    limit: Type.Integer({ minimum: 1, maximum: FILE_LIST_PAGE_MAX }),
  }),
  result: Type.Object({ seqs: Type.Array(Seq), more: Type.Optional(Type.Literal(true)) }),
};
