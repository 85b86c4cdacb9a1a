const encoder = new TextEncoder();

/** Length on the wire: the limit of a message counts UTF-8 bytes. */
export function bytesOf(text: string): number {
  return encoder.encode(text).length;
}
