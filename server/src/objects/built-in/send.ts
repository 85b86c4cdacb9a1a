import type { FileHandle } from "node:fs/promises";
import { join } from "node:path";
import { metrics } from "../../metrics.ts";
import type { ByteRange } from "./byte-range.ts";
import type { ObjectFolder } from "./folder.ts";
import { type Outgoing, READ_BYTES } from "./outgoing.ts";
import { type Description, openIfThere } from "./sealed-file.ts";

/** Sends a range of an open object as fast as the client takes it, and others leave room. Rejects when one of both ends breaks. */
export async function send(
  folder: ObjectFolder,
  file: FileHandle,
  object: Description,
  range: ByteRange | null,
  out: Outgoing,
): Promise<void> {
  const { from, to } = range ?? { from: 0, to: object.size };
  if (object.joined === undefined) return sendFrom(file, { from, to }, out);
  for await (const [part, inPart] of partsOf(folder, object, { from, to })) await sendFrom(part, inPart, out);
}

/** All bytes of an object that came in parts. */
export async function* bytesOf(folder: ObjectFolder, object: Description): AsyncGenerator<Buffer> {
  for await (const [part, { from, to }] of partsOf(folder, object, { from: 0, to: object.size })) {
    yield* bytesOfFile(part, from, to);
  }
}

export async function* bytesOfFile(file: FileHandle, from: number, to: number): AsyncGenerator<Buffer> {
  for (let at = from; at < to; ) {
    const wanted = Math.min(READ_BYTES, to - at);
    const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(wanted), 0, wanted, at);
    if (bytesRead === 0) throw new Error("A part of an object is shorter than it was.");
    at += bytesRead;
    yield buffer.subarray(0, bytesRead);
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
  for (const path of folder.placesOfParts(uploadId)) {
    const part = await openIfThere(join(path, name));
    if (part !== null) return part;
  }
  return null;
}

/** Reads the next piece while the client takes the last one. */
async function sendFrom(file: FileHandle, { from, to }: ByteRange, out: Outgoing): Promise<void> {
  let at = from;
  const next = (): Promise<Buffer> => {
    const reading = readPiece(file, at, Math.min(READ_BYTES, to - at), out);
    at += READ_BYTES;
    // Whoever waits for it hears of a failure.
    reading.catch(() => {});
    return reading;
  };
  let reading = from < to ? next() : null;
  try {
    while (reading !== null) {
      const bytes = await reading;
      reading = at < to ? next() : null;
      metrics.objectBytes.add("down", bytes.length);
      await out.write(bytes);
    }
  } finally {
    // The file is closed when this is over.
    await reading?.catch(() => {});
  }
}

async function readPiece(file: FileHandle, at: number, length: number, out: Outgoing): Promise<Buffer> {
  await out.turn(length);
  try {
    const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(length), 0, length, at);
    if (bytesRead < length) throw new Error("An object is shorter than it was.");
    return buffer;
  } finally {
    out.moved();
  }
}
