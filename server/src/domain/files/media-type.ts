import type { FileKind } from "@parley/protocol";

/** So much of a file tells its type. */
export const START_BYTES = 4096;

type Family = "image" | "audio" | "video";

interface Signature {
  readonly at: number;
  readonly bytes: string;
  readonly families: readonly Family[];
}

const signature = (at: number, bytes: string, ...families: Family[]): Signature => ({ at, bytes, families });

/** What stands at the beginning of the formats that people send. Containers hold sound as well as pictures. */
const SIGNATURES: readonly Signature[] = [
  signature(0, "\x89PNG\r\n\x1a\n", "image"),
  signature(0, "\xff\xd8\xff", "image"),
  signature(0, "GIF87a", "image"),
  signature(0, "GIF89a", "image"),
  signature(8, "WEBP", "image"),
  signature(0, "BM", "image"),
  signature(0, "II*\0", "image"),
  signature(0, "MM\0*", "image"),
  signature(0, "\0\0\x01\0", "image"),
  signature(0, "8BPS", "image"),
  signature(0, "\xff\x0a", "image"),
  signature(0, "\0\0\0\x0cJXL ", "image"),
  signature(0, "\0\0\0\x0cjP  ", "image"),
  signature(8, "WAVE", "audio"),
  signature(8, "AVI ", "video"),
  signature(0, "ID3", "audio"),
  signature(0, "fLaC", "audio"),
  signature(0, "#!AMR", "audio"),
  signature(0, "MThd", "audio"),
  signature(0, "FORM", "audio"),
  signature(0, "OggS", "audio", "video"),
  signature(0, "\x1a\x45\xdf\xa3", "audio", "video"),
  signature(0, "\x30\x26\xb2\x75", "audio", "video"),
  signature(0, "FLV\x01", "video"),
  signature(0, "\0\0\x01\xba", "video"),
  signature(0, "\0\0\x01\xb3", "video"),
  signature(4, "moov", "audio", "video"),
  signature(4, "mdat", "audio", "video"),
  signature(4, "wide", "audio", "video"),
];

/** ISO base media files say in a brand what they hold. */
const PICTURE_BRANDS = /^(?:avi[fs]|hei[cxms]|hev[cx]|mif1|msf1|jxl )$/;
/** Eleven set bits begin a frame of MPEG audio; a packet of an MPEG transport stream begins each 188 bytes. */
const TRANSPORT_SYNC = 0x47;
const TRANSPORT_BYTES = 188;

/** False when a declared picture, sound or film begins like none; of all other types nothing is known. */
export function isDeclaredType(type: string, start: Uint8Array): boolean {
  const family = familyOf(type);
  if (family === null) return true;
  const text = Buffer.from(start).toString("latin1");
  if (type === "image/svg+xml") return /<svg[\s>]/i.test(text);
  if (text.slice(4, 8) === "ftyp") {
    const isPicture = PICTURE_BRANDS.test(text.slice(8, 12));
    return isPicture === (family === "image");
  }
  if (family === "audio" && start[0] === 0xff && ((start[1] ?? 0) & 0xe0) === 0xe0) return true;
  if (family === "video" && start[0] === TRANSPORT_SYNC && start[TRANSPORT_BYTES] === TRANSPORT_SYNC) return true;
  return SIGNATURES.some(({ at, bytes, families }) => families.includes(family) && text.startsWith(bytes, at));
}

/** Whether a message of this kind may have a file of this type. */
export function suitsKind(kind: FileKind, type: string): boolean {
  switch (kind) {
    case "image":
      return familyOf(type) === "image";
    case "voice":
      return familyOf(type) === "audio";
    case "video":
      return familyOf(type) === "video";
    case "file":
      return true;
  }
}

function familyOf(type: string): Family | null {
  const [family] = type.split("/", 1);
  return family === "image" || family === "audio" || family === "video" ? family : null;
}
