import type { FileHandle } from "node:fs/promises";
import type { ServerResponse } from "node:http";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { metrics } from "../../metrics.ts";
import type { ByteRange } from "./byte-range.ts";
import type { ObjectFolder } from "./folder.ts";
import { type Description, openIfThere } from "./sealed-file.ts";

/** Bytes that are read at once, for each download under way. */
const READ_BYTES = 256 * 1024;

/** Sends a range of an open object as fast as the client takes it. Rejects when one of both ends breaks. */
export async function send(
  folder: ObjectFolder,
  file: FileHandle,
  object: Description,
  range: ByteRange | null,
  response: ServerResponse,
): Promise<void> {
  const { from, to } = range ?? { from: 0, to: object.size };
  if (object.joined === undefined) return sendFrom(file, { from, to }, response);
  for await (const [part, inPart] of partsOf(folder, object, { from, to })) await sendFrom(part, inPart, response);
}

/** All bytes of an object that came in parts. */
export async function* bytesOf(folder: ObjectFolder, object: Description): AsyncGenerator<Buffer> {
  for await (const [part, { from, to }] of partsOf(folder, object, { from: 0, to: object.size })) {
    for (let at = from; at < to; ) {
      const wanted = Math.min(READ_BYTES, to - at);
      const { bytesRead, buffer } = await part.read(Buffer.allocUnsafe(wanted), 0, wanted, at);
      if (bytesRead === 0) throw new Error("A part of an object is shorter than it was.");
      at += bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
  }
}

/** The parts that a range touches, each with the range in it, open while it is used. */
async function* partsOf(
  folder: ObjectFolder,
  { joined }: Description,
  { from, to }: ByteRange,
): AsyncGenerator<[FileHandle, ByteRange]> {
  let before = 0;
  for (const { number, size } of joined?.parts ?? []) {
    const inPart = { from: Math.max(0, from - before), to: Math.min(size, to - before) };
    before += size;
    if (inPart.from >= inPart.to) continue;
    const part = await openPart(folder, joined?.uploadId ?? "", String(number));
    if (part === null) throw new Error("A part of an object is gone: it is being deleted.");
    try {
      yield [part, inPart];
    } finally {
      await part.close();
    }
  }
}

async function openPart(folder: ObjectFolder, uploadId: string, name: string): Promise<FileHandle | null> {
  // While an object appears its parts move from the one place to the other; the last look is for who came in between.
  for (const path of [folder.joinedPath(uploadId), folder.joiningPath(uploadId), folder.joinedPath(uploadId)]) {
    const part = await openIfThere(join(path, name));
    if (part !== null) return part;
  }
  return null;
}

async function sendFrom(file: FileHandle, { from, to }: ByteRange, response: ServerResponse): Promise<void> {
  if (from >= to) return;
  const stream = file.createReadStream({ start: from, end: to - 1, autoClose: false, highWaterMark: READ_BYTES });
  try {
    await pipeline(stream, response, { end: false });
  } finally {
    metrics.objectBytes.add("down", stream.bytesRead);
  }
}
