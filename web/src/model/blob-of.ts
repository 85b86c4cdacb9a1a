/** Handed to the browser at a time: what the page itself holds is no more than this. */
const STRETCH_BYTES = 16 * 1024 ** 2;

/**
 * Bytes that come piece by piece as one blob. The browser keeps blobs outside of the page and, when they are large, on
 * the disk; pieces that are only gathered would take their size of the page's own memory, and again when they are joined.
 */
export async function blobOf(pieces: AsyncIterable<Uint8Array>, type: string): Promise<Blob> {
  const stretches: Blob[] = [];
  let gathered: BlobPart[] = [];
  let bytes = 0;
  for await (const piece of pieces) {
    gathered.push(piece as BlobPart);
    bytes += piece.length;
    if (bytes < STRETCH_BYTES) continue;
    stretches.push(new Blob(gathered));
    gathered = [];
    bytes = 0;
  }
  return new Blob([...stretches, ...gathered], { type });
}
