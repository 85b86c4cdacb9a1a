import type { Page } from "playwright-core";

/** A film of noise with a list of its clusters, so that players seek in it by Range. */
export interface FilmAbout {
  readonly seconds: number;
  readonly perSecond: number;
}

const SIZE = { width: 640, height: 360 };

/** WebM (RFC 9559) whose pictures a browser has drawn: a lossy WebP holds the key frame of a VP8 film. */
export async function film(page: Page, { seconds, perSecond }: FilmAbout): Promise<Buffer> {
  const frames = (await page.evaluate(drawFrames, SIZE)).map((base64) => keyFrameOf(Buffer.from(base64, "base64")));
  const clusters = Array.from({ length: seconds }, (_, second) =>
    element(
      "1f43b675",
      element("e7", number(second * 1000)),
      ...Array.from({ length: perSecond }, (_, at) => {
        const frame = frames[(second * perSecond + at) % frames.length] ?? Buffer.alloc(0);
        const time = Buffer.alloc(2);
        time.writeInt16BE(Math.round((at * 1000) / perSecond));
        return element("a3", Buffer.concat([Buffer.from([0x81]), time, Buffer.from([0x80]), frame]));
      }),
    ),
  );
  const duration = Buffer.alloc(8);
  duration.writeDoubleBE(seconds * 1000);
  const info = element(
    "1549a966",
    element("2ad7b1", number(1_000_000)),
    element("4489", duration),
    element("4d80", Buffer.from("test")),
    element("5741", Buffer.from("test")),
  );
  const tracks = element(
    "1654ae6b",
    element(
      "ae",
      element("d7", number(1)),
      element("73c5", number(1)),
      element("83", number(1)),
      element("86", Buffer.from("V_VP8")),
      element("e0", element("b0", number(SIZE.width)), element("ba", number(SIZE.height))),
    ),
  );
  const cues = (firstAt: number): Buffer => {
    let at = firstAt;
    const points = clusters.map((cluster, second) => {
      const place = element("b7", element("f7", number(1)), element("f1", number(at)));
      at += cluster.length;
      return element("bb", element("b3", number(second * 1000)), place);
    });
    return element("1c53bb6b", ...points);
  };
  const firstAt = info.length + tracks.length + cues(0).length;
  const head = element(
    "1a45dfa3",
    element("4282", Buffer.from("webm")),
    element("4287", number(2)),
    element("4285", number(2)),
  );
  return Buffer.concat([head, element("18538067", info, tracks, cues(firstAt), ...clusters)]);
}

/** A few different pictures, of which each takes some 100 KB. */
async function drawFrames({ width, height }: { width: number; height: number }): Promise<string[]> {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [width, height];
  const context = canvas.getContext("2d", { alpha: false });
  if (context === null) throw new Error("No canvas");
  const frames: string[] = [];
  for (let frame = 0; frame < 4; frame += 1) {
    const noise = context.createImageData(width, height);
    let state = frame + 1;
    for (let at = 0; at < noise.data.length; at += 1) {
      state = (state * 1_103_515_245 + 12_345) & 0x7fffffff;
      noise.data[at] = at % 4 === 3 ? 255 : 64 + ((state >> 16) & 0x7f);
    }
    context.putImageData(noise, 0, 0);
    frames.push(canvas.toDataURL("image/webp", 0.8).split(",")[1] ?? "");
  }
  return frames;
}

function keyFrameOf(webp: Buffer): Buffer {
  for (let at = 12; at + 8 <= webp.length; ) {
    const size = webp.readUInt32LE(at + 4);
    if (webp.toString("latin1", at, at + 4) === "VP8 ") return webp.subarray(at + 8, at + 8 + size);
    at += 8 + size + (size % 2);
  }
  throw new Error("The browser drew no lossy WebP.");
}

/** Sizes and numbers take eight bytes each, so that no length depends on a value. */
function element(id: string, ...content: readonly Buffer[]): Buffer {
  const body = Buffer.concat(content);
  const size = Buffer.alloc(8);
  size.writeBigUInt64BE(BigInt(body.length) | (1n << 56n));
  return Buffer.concat([Buffer.from(id, "hex"), size, body]);
}

function number(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(value));
  return bytes;
}
