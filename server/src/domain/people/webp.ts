/** Of a picture's header: RIFF, the length of what follows, WEBP. */
const RIFF_BYTES = 12;
const CHUNK_HEAD_BYTES = 8;
/** More than a chat list or a profile ever shows, on the densest screens. */
export const PICTURE_SIDE_MAX = 1024;

/**
 * Picture data, its transparency and its colours. No animation, and no EXIF or XMP, in which cameras write where the
 * picture was taken.
 */
const CHUNKS: ReadonlySet<string> = new Set(["VP8X", "VP8 ", "VP8L", "ALPH", "ICCP"]);
/** VP8X says what else there is; bit 1 is animation. */
const ANIMATED = 0x02;

interface Size {
  readonly width: number;
  readonly height: number;
}

/**
 * Whether these bytes are one still WebP picture of at most PICTURE_SIDE_MAX either way: the container is walked to its
 * last byte, and the pixels' own header says a size. The pixels themselves are for the browser to decode.
 */
export function isStillWebp(bytes: Uint8Array): boolean {
  const data = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (data.length < RIFF_BYTES || text(data, 0) !== "RIFF" || text(data, 8) !== "WEBP") return false;
  if (data.readUInt32LE(4) !== data.length - 8) return false;
  let canvas: Size | null = null;
  let picture: Size | null = null;
  let at = RIFF_BYTES;
  let chunks = 0;
  for (; at < data.length; chunks += 1) {
    if (at + CHUNK_HEAD_BYTES > data.length) return false;
    const kind = text(data, at);
    const body = data.subarray(at + CHUNK_HEAD_BYTES, at + CHUNK_HEAD_BYTES + data.readUInt32LE(at + 4));
    // A body of an odd length is followed by a byte that fills up.
    at += CHUNK_HEAD_BYTES + data.readUInt32LE(at + 4) + (data.readUInt32LE(at + 4) & 1);
    if (at > data.length || !CHUNKS.has(kind)) return false;
    if (kind === "VP8X") {
      if (chunks > 0 || body.length !== 10 || ((body[0] ?? 0) & ANIMATED) !== 0) return false;
      canvas = { width: body.readUIntLE(4, 3) + 1, height: body.readUIntLE(7, 3) + 1 };
    }
    if (kind === "VP8 " || kind === "VP8L") {
      if (picture !== null) return false;
      picture = kind === "VP8 " ? lossySize(body) : losslessSize(body);
      if (picture === null) return false;
    }
  }
  // Without VP8X there is the picture alone.
  if (picture === null || (canvas === null && chunks > 1)) return false;
  if (canvas !== null && (canvas.width !== picture.width || canvas.height !== picture.height)) return false;
  return [picture.width, picture.height].every((side) => side >= 1 && side <= PICTURE_SIDE_MAX);
}

/** RFC 6386 section 9.1: three bytes of tag, a start code, then 14 bits of each side. */
function lossySize(body: Buffer): Size | null {
  if (body.length < 10 || ((body[0] ?? 1) & 1) !== 0) return null;
  if (body.readUIntBE(3, 3) !== 0x9d012a) return null;
  return { width: body.readUInt16LE(6) & 0x3fff, height: body.readUInt16LE(8) & 0x3fff };
}

/** A signature, then 14 bits of each side less one, and three bits of version that are 0. */
function losslessSize(body: Buffer): Size | null {
  if (body.length < 5 || body[0] !== 0x2f) return null;
  const bits = body.readUInt32LE(1);
  if (bits >>> 29 !== 0) return null;
  return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 };
}

const text = (data: Buffer, at: number) => data.toString("latin1", at, at + 4);
