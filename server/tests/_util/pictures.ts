/** One pixel, as an encoder writes it. */
const PIXEL = Buffer.from("UklGRhoAAABXRUJQVlA4TA0AAAAvAAAAEAcQERGIiP4HAA==", "base64");

/** A lossless WebP picture of this size by its header, filled up to `bytes`; `seed` makes it another one. */
export function webp(width: number, height: number, { bytes = 64, seed = 0 } = {}): Buffer {
  const picture = Buffer.alloc(bytes - 20, seed & 0xff);
  picture[0] = 0x2f;
  picture.writeUInt32LE(((height - 1) << 14) | (width - 1), 1);
  return riff(chunk("VP8L", picture));
}

export const pixel = (): Buffer => Buffer.from(PIXEL);

export function riff(...chunks: readonly Buffer[]): Buffer {
  const body = Buffer.concat([Buffer.from("WEBP"), ...chunks]);
  const head = Buffer.alloc(8);
  head.write("RIFF");
  head.writeUInt32LE(body.length, 4);
  return Buffer.concat([head, body]);
}

export function chunk(kind: string, body: Buffer): Buffer {
  const head = Buffer.alloc(8);
  head.write(kind);
  head.writeUInt32LE(body.length, 4);
  return Buffer.concat([head, body, Buffer.alloc(body.length & 1)]);
}

/** The extended header: flags, and the size of the canvas. */
export function canvas(width: number, height: number, flags = 0): Buffer {
  const body = Buffer.alloc(10);
  body[0] = flags;
  body.writeUIntLE(width - 1, 4, 3);
  body.writeUIntLE(height - 1, 7, 3);
  return chunk("VP8X", body);
}
