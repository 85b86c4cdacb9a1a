import { S3Refusal } from "./s3-refusal.ts";

/** First byte and the one after the last. */
export interface ByteRange {
  readonly from: number;
  readonly to: number;
}

/** RFC 9110 section 14: null for the whole object, also where several ranges or another unit are asked for. */
export function rangeOf(header: string | undefined, size: number): ByteRange | null {
  const [, first, last] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header ?? "") ?? [];
  if (first === undefined || last === undefined || (first === "" && last === "")) return null;
  const from = first === "" ? Math.max(0, size - Number(last)) : Number(first);
  const to = first === "" || last === "" ? size : Math.min(size, Number(last) + 1);
  if (first !== "" && last !== "" && Number(last) < from) return null;
  if (from >= to) {
    throw new S3Refusal("InvalidRange", "The object has no such bytes.", { "content-range": `bytes */${size}` });
  }
  return { from, to };
}
