import type { RawData } from "ws";

/** For `binaryType`: `ws` hands over the list that it gathered a message in. */
export const FRAGMENTS = "fragments";

/**
 * The message, in one piece, taken out of its list. `ws` drops the list and begins another. On a connection that has been
 * there for a while the dropped one is an old object, and what an old one holds is alive to V8 until it marks the whole
 * heap: the last frame of each connection would survive each look at the young objects, and be old itself thereafter.
 */
export function takeMessage(data: RawData): Buffer {
  // A text, which no connection of ours sends, comes in one piece.
  if (!Array.isArray(data)) return data as Buffer;
  const [first] = data;
  const message = first !== undefined && data.length === 1 ? first : Buffer.concat(data);
  data.length = 0;
  return message;
}
