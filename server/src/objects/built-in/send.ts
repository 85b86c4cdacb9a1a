import type { FileHandle } from "node:fs/promises";
import type { ServerResponse } from "node:http";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import type { ByteRange } from "./byte-range.ts";
import type { ObjectFolder } from "./folder.ts";
import { type Description, openIfThere } from "./sealed-file.ts";

/** Bytes that are read at once, for each download under way. */
const READ_BYTES = 256 * 1024;

/** Sends a range of an open object as fast as the client takes it. Rejects when one of both ends breaks. */
export async function send(
  folder: ObjectFolder,
  file: FileHandle,
  { joined, size }: Description,
  range: ByteRange | null,
  response: ServerResponse,
): Promise<void> {
  const { from, to } = range ?? { from: 0, to: size };
  if (joined === undefined) return sendFrom(file, { from, to }, response);
  let before = 0;
  for (const part of joined.parts) {
    const inPart = { from: Math.max(0, from - before), to: Math.min(part.size, to - before) };
    before += part.size;
    if (inPart.from >= inPart.to) continue;
    const opened = await openIfThere(join(folder.joinedPath(joined.uploadId), String(part.number)));
    if (opened === null) throw new Error("A part of an object is gone: it is being deleted.");
    try {
      await sendFrom(opened, inPart, response);
    } finally {
      await opened.close();
    }
  }
}

async function sendFrom(file: FileHandle, { from, to }: ByteRange, response: ServerResponse): Promise<void> {
  if (from >= to) return;
  const stream = file.createReadStream({ start: from, end: to - 1, autoClose: false, highWaterMark: READ_BYTES });
  await pipeline(stream, response, { end: false });
}
