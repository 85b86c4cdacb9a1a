import { type FilePart, limits, ReplyError } from "@parley/protocol";

/** No file system takes these in a name, or they show it as another one: slashes, controls, lone surrogates, marks of direction. */
const NOT_IN_NAMES = /[/\\\p{Cc}\p{Cs}\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;
const VISIBLE = /[^\p{White_Space}\p{Cf}\p{Default_Ignorable_Code_Point}\p{M}.]/u;

/** Throws `FILE_NAME_INVALID`. A name of dots and spaces alone names a folder, or nothing. */
export function checkFileName(name: string): void {
  if (NOT_IN_NAMES.test(name) || !VISIBLE.test(name)) throw new ReplyError("FILE_NAME_INVALID");
}

/** Throws `FILE_PARTS_INVALID`. */
export function checkFileParts(parts: readonly FilePart[], size: number): void {
  const isNumbered = parts.every(({ number }, i) => number === i + 1);
  const isLarge = parts.every((part, i) => part.size >= limits.FILE_PART_MIN_BYTES || i === parts.length - 1);
  const sum = parts.reduce((total, part) => total + part.size, 0);
  if (!isNumbered || !isLarge || sum !== size) throw new ReplyError("FILE_PARTS_INVALID");
}
