import type { FileId } from "@parley/protocol";

/** Where readers are sent: what lies there was checked, and stays. */
export function fileKey(fileId: FileId): string {
  return `f/${fileId}`;
}

/** Where clients put a file in a store that would let them overwrite it later; it is copied to `fileKey` to be checked. */
export function uploadKey(fileId: FileId, random: string): string {
  return `u/${fileId}/${random}`;
}

/** A copy of that, to be checked: each check has its own, so that none changes what another one has seen. */
export function copiedKey(fileId: FileId, random: string): string {
  return `f/${fileId}.${random}`;
}

/** Of the look at a store, and gone after it. */
export function probeKey(random: string): string {
  return `probe/${random}`;
}

/** Segments of plain characters, none of which is a step up: what a key of ours looks like. */
const KEY = /^[A-Za-z0-9_-][A-Za-z0-9._-]*(\/[A-Za-z0-9_-][A-Za-z0-9._-]*)*$/;
/** As in S3, which has no longer ones. */
const KEY_MAX = 1_024;

export function isObjectKey(text: string): boolean {
  return text.length <= KEY_MAX && KEY.test(text);
}
