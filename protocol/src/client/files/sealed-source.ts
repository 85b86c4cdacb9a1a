import { type ClientCrypto, chunkAt, chunkOfSealed, concat, sealChunk, sealedSize } from "../../secure/index.ts";
import { breathe } from "./breathe.ts";
import { type FileSource, readSlice } from "./file-source.ts";

/** The sealed bytes of a source, made as they are read: the same bytes each time, as long as the source stays the same. */
export function sealedSource(source: FileSource, key: Uint8Array, crypto: ClientCrypto): FileSource {
  return {
    size: sealedSize(source.size),
    async slice(from, to) {
      const pieces: Uint8Array[] = [];
      for (let number = chunkOfSealed(from); number <= chunkOfSealed(to - 1); number++) {
        // Sealed without WebCrypto, a part of eight chunks would keep a page still for a third of a second.
        if (pieces.length > 0) await breathe();
        const chunk = chunkAt(source.size, number);
        const sealed = await sealChunk(crypto, key, chunk, await readSlice(source, chunk.from, chunk.to));
        pieces.push(sealed.subarray(Math.max(0, from - chunk.sealedFrom), to - chunk.sealedFrom));
      }
      return pieces.length === 1 && pieces[0] ? pieces[0] : concat(...pieces);
    },
  };
}
