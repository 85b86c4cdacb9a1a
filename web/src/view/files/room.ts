import type { CSSProperties } from "react";
import type { AttachedFile } from "../../model/attached-file.ts";
import { ratioOf } from "../../model/file-claims.ts";

const WIDTH_MAX = 336;
const WIDTH_MIN = 128;
const HEIGHT_MAX = 400;

/** The room that a picture takes before and after it is there. */
export function roomOf(file: AttachedFile): CSSProperties {
  const ratio = ratioOf(file);
  const wide = Math.max(WIDTH_MIN, Math.min(WIDTH_MAX, file.width ?? WIDTH_MAX));
  const width = Math.round(Math.max(WIDTH_MIN, Math.min(wide, HEIGHT_MAX * ratio)));
  return { width, aspectRatio: String(Number(ratio.toFixed(4))) };
}
