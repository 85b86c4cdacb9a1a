import { FILE_PARTS_MAX } from "../../limits.ts";
import { SEALED_CHUNK_BYTES } from "../../secure/index.ts";

/** Smaller files go in one PUT: a cut costs no more than this. */
export const PARTS_FROM_BYTES = 16 * 1024 ** 2;
const MIB = 1024 ** 2;
const PART_UNITS = 8;

/** How many bytes each part but the last has; null for a file that is not cut. Sealed parts hold whole chunks, so none is sealed twice. */
export function partBytes(size: number, sealed: boolean): number | null {
  if (size < PARTS_FROM_BYTES) return null;
  const unit = sealed ? SEALED_CHUNK_BYTES : MIB;
  return Math.max(PART_UNITS, Math.ceil(size / FILE_PARTS_MAX / unit)) * unit;
}
