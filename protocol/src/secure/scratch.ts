import { bodyCapacity, writeInnerHeader } from "./inner.ts";
import { INNER, INNER_MAX_BYTES } from "./wire.ts";

/** Takes one inner plaintext at once; the bytes are overwritten by the next. */
type Sink = (inner: Uint8Array) => void;

const NEWLINE = 0x0a;

/** All channels of a process compose here: writing is synchronous, so one record is composed at a time. */
const scratch = new Uint8Array(INNER_MAX_BYTES);

/** Joins lines into as few APP_TEXT messages of one record as fit; a line that fits in none travels in fragments. */
export function writeLines(lines: readonly Uint8Array[], padTo: number, sink: Sink): void {
  const capacity = bodyCapacity(padTo);
  let from = 0;
  while (from < lines.length) {
    let bytes = (lines[from] as Uint8Array).length;
    let to = from + 1;
    for (; to < lines.length; to++) {
      const more = bytes + 1 + (lines[to] as Uint8Array).length;
      if (more > capacity) break;
      bytes = more;
    }
    if (bytes > capacity) writeFragments(INNER.appText, lines[from] as Uint8Array, padTo, sink);
    else writeJoined(lines, from, to, bytes, padTo, sink);
    from = to;
  }
}

function writeJoined(
  lines: readonly Uint8Array[],
  from: number,
  to: number,
  bytes: number,
  padTo: number,
  sink: Sink,
): void {
  let at = writeInnerHeader(scratch, INNER.appText, false, bytes, padTo);
  for (let i = from; i < to; i++) {
    if (i > from) scratch[at++] = NEWLINE;
    const line = lines[i] as Uint8Array;
    scratch.set(line, at);
    at += line.length;
  }
  sink(scratch.subarray(0, at));
}

/** One message in as few records as fit. */
export function writeFragments(type: number, body: Uint8Array, padTo: number, sink: Sink): void {
  const capacity = bodyCapacity(padTo);
  let from = 0;
  do {
    const part = body.subarray(from, from + capacity);
    from += part.length;
    const at = writeInnerHeader(scratch, type, from < body.length, part.length, padTo);
    scratch.set(part, at);
    sink(scratch.subarray(0, at + part.length));
  } while (from < body.length);
}
