import { type Static, Type } from "typebox";

/** 128 random bits in lower-case base32 (RFC 4648, no padding): safe in keys, URLs and file names, and reveals nothing. */
export const ID_PATTERN = "^[a-z2-7]{26}$";

export const UserId = Type.String({ pattern: ID_PATTERN, description: "A user." });
export type UserId = Static<typeof UserId>;

export const ChatId = Type.String({ pattern: ID_PATTERN, description: "A chat." });
export type ChatId = Static<typeof ChatId>;

export const DeviceId = Type.String({ pattern: ID_PATTERN, description: "One signed-in client of a user." });
export type DeviceId = Static<typeof DeviceId>;

export const FileId = Type.String({ pattern: ID_PATTERN, description: "A file." });
export type FileId = Static<typeof FileId>;

/** The client's own id of a message: a UUID (RFC 9562), version 7 from the server's time preferred. */
export const ClientId = Type.String({
  pattern: "^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$",
  description: "UUID in lower case, made by the client; makes a send idempotent.",
});
export type ClientId = Static<typeof ClientId>;

/** Place of a message in its chat: 1, 2, 3 ... without gaps. */
export const Seq = Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER });
/** How much of a chat is known or read: 0 is nothing. */
export const SeqOrZero = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });

export const TimeMs = Type.Integer({
  minimum: 0,
  maximum: Number.MAX_SAFE_INTEGER,
  description: "Unix time in milliseconds.",
});

/** Opaque cursor of a user's inbox. */
export const Pos = Type.String({ maxLength: 128, pattern: "^[A-Za-z0-9._~-]*$" });
export type Pos = Static<typeof Pos>;

/** Which life of the store a seq belongs to; changes when the store lost a tail or was restored. */
export const Epoch = Type.String({ minLength: 1, maxLength: 64 });

/** Bytes in base64url without padding (RFC 4648 section 5); `length` counts bytes. */
export function Bytes(length: number) {
  const chars = Math.ceil((length * 4) / 3);
  return Type.String({ minLength: chars, maxLength: chars, pattern: "^[A-Za-z0-9_-]*$" });
}

/** Session token: 32 random bytes, known to the client alone; the store keeps its SHA-256. */
export const Token = Bytes(32);

/** Any number of bytes up to `most`, in base64url without padding. */
export function BytesUpTo(most: number) {
  return Type.String({ minLength: 1, maxLength: Math.ceil((most * 4) / 3), pattern: "^[A-Za-z0-9_-]*$" });
}

/** The name of a blob. */
export const BlobHash = Type.String({
  pattern: "^[0-9a-f]{64}$",
  description: "SHA-256 of the bytes, lower-case hex.",
});
export type BlobHash = Static<typeof BlobHash>;

export const Version = Type.Integer({
  minimum: 1,
  maximum: Number.MAX_SAFE_INTEGER,
  description: "Grows with each change of the same thing; the highest counts.",
});
