import type { FileKind } from "@parley/protocol";
import type { AttachedFile } from "./attached-file.ts";

/** Pictures, films and sounds that run nothing. SVG is a document with scripts, and none of them. */
const PICTURES = new Set(["image/jpeg", "image/png", "image/gif", "image/webp", "image/avif", "image/bmp"]);
const FILMS = new Set(["video/mp4", "video/webm", "video/quicktime", "video/ogg"]);
const SOUNDS = new Set(
  ["mpeg", "mp3", "mp4", "x-m4a", "aac", "ogg", "opus", "webm", "wav", "x-wav", "flac", "3gpp"].map(
    (name) => `audio/${name}`,
  ),
);
/** Decoded, a picture takes four bytes a pixel: 200 MB. Larger ones are not shown, but can be saved. */
const PIXELS_MAX = 50_000_000;
/** A picture as wide as a thread would push everything else away. */
const RATIO_MAX = 3;
/** Blurred pictures have some 32 pixels a side. */
const PREVIEW_SIDE_MAX = 64;

/**
 * A sealed file is opened in the page before the browser keeps it. In Chromium 1000 MB went both ways: the page took 0.5 GB,
 * whatever the size, and the browser as much as the file (docs/large-files-in-browsers.md). Clear files go to the disk
 * directly, of any size.
 */
export const SEALED_SAVE_MAX_BYTES = 1024 ** 3;

/** What a file is to a conversation, by the type it is declared as. */
export function kindOf(type: string): FileKind {
  if (PICTURES.has(type)) return "image";
  return FILMS.has(type) ? "video" : "file";
}

/** The type of the bytes as they can be shown: of a sealed file, of what was sealed. */
export function shownType({ type, sealed }: AttachedFile): string {
  return sealed?.type ?? type ?? "";
}

/** The size as people see it. */
export function shownSize({ size, sealed }: AttachedFile): number | undefined {
  return sealed?.size ?? size;
}

/** How a file is shown. What its sender says about it counts only as far as it is harmless. */
export function showsAs(file: AttachedFile): "picture" | "film" | "voice" | "sound" | "card" {
  const type = shownType(file);
  const unknown = file.type === undefined;
  if (file.kind === "image" && (unknown || PICTURES.has(type)) && !isHuge(file)) return "picture";
  if (file.kind === "video" && (unknown || FILMS.has(type))) return "film";
  if (file.kind === "voice" && (unknown || SOUNDS.has(type))) return "voice";
  return SOUNDS.has(type) ? "sound" : "card";
}

/** More pixels than are decoded, as its sender says or as it turned out. */
export function isHuge({
  width = 0,
  height = 0,
}: {
  width?: number | undefined;
  height?: number | undefined;
}): boolean {
  return width * height > PIXELS_MAX;
}

/** Width by height of the room that is kept for it. */
export function ratioOf({ width, height }: AttachedFile): number {
  if (width === undefined || height === undefined) return 4 / 3;
  return Math.min(RATIO_MAX, Math.max(1 / RATIO_MAX, width / height));
}

/** The blurred picture as a `data:` URL; undefined for anything but a tiny WebP. */
export function previewUrl(preview: string | undefined): string | undefined {
  if (preview === undefined) return undefined;
  const base64 = preview.replaceAll("-", "+").replaceAll("_", "/");
  const side = webpSide(base64);
  return side !== undefined && side <= PREVIEW_SIDE_MAX ? `data:image/webp;base64,${base64}` : undefined;
}

/** The longer side that the head of a WebP tells; undefined for what is none. */
function webpSide(base64: string): number | undefined {
  let head: string;
  try {
    head = atob(base64.slice(0, 40));
  } catch {
    return undefined;
  }
  const at = (index: number) => head.charCodeAt(index);
  if (head.length < 30 || head.slice(0, 4) !== "RIFF" || head.slice(8, 12) !== "WEBP") return undefined;
  switch (head.slice(12, 16)) {
    case "VP8 ":
      return Math.max(at(26) | ((at(27) & 0x3f) << 8), at(28) | ((at(29) & 0x3f) << 8));
    case "VP8L":
      return Math.max(at(21) | ((at(22) & 0x3f) << 8), (at(22) >> 6) | (at(23) << 2) | ((at(24) & 0xf) << 10)) + 1;
    case "VP8X":
      return Math.max(at(24) | (at(25) << 8) | (at(26) << 16), at(27) | (at(28) << 8) | (at(29) << 16)) + 1;
    default:
      return undefined;
  }
}
