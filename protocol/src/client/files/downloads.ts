import type { FileBody } from "../../schema/file.ts";
import type { ClientCrypto } from "../../secure/index.ts";
import { chunkAt, chunkOf, concat, type FileHashes, openChunk, sealedSize, toHex } from "../../secure/index.ts";
import { ClientError } from "../state.ts";
import { breathe } from "./breathe.ts";
import type { DownloadOptions, FilePlace } from "./client-files.ts";
import { type FileSource, readSlice } from "./file-source.ts";
import { keyOf } from "./plan.ts";
import { StoredBytes, type StoredBytesParts } from "./stored-bytes.ts";

/** What is had is hashed in steps of so many bytes. */
const STEP_BYTES = 1024 * 1024;

export interface DownloadsParts extends StoredBytesParts {
  readonly hashes: FileHashes;
  readonly crypto: ClientCrypto;
}

/** Files on their way here: fetched, opened where they are sealed, compared. */
export class Downloads {
  readonly #parts: DownloadsParts;

  constructor(parts: DownloadsParts) {
    this.#parts = parts;
  }

  async *whole(
    place: FilePlace,
    body: FileBody,
    options: DownloadOptions,
  ): AsyncGenerator<Uint8Array, void, undefined> {
    const { have, signal, progress } = options;
    const { size, sha256 } = body.sealed ?? body;
    const hash = await this.#parts.hashes.sha256();
    let at = 0;
    if (have !== undefined) {
      if (have.size > size) throw new ClientError("fileDamaged", "more bytes than the file has");
      for await (const bytes of stepsOf(have)) {
        await hash.update(bytes);
        at += bytes.length;
      }
      progress?.(at);
    }
    for await (const bytes of this.range(place, body, { from: at, to: size }, signal)) {
      await hash.update(bytes);
      at += bytes.length;
      yield bytes;
      progress?.(at);
    }
    if (toHex(await hash.digest()) !== sha256) throw new ClientError("fileDamaged", "another hash");
  }

  async *range(
    place: FilePlace,
    body: FileBody,
    { from, to }: { readonly from: number; readonly to: number },
    signal: AbortSignal | undefined,
  ): AsyncGenerator<Uint8Array, void, undefined> {
    const { size } = body.sealed ?? body;
    if (!(Number.isSafeInteger(from) && Number.isSafeInteger(to) && from >= 0 && from <= to && to <= size)) {
      throw new ClientError("invalidParams", `bytes ${from} to ${to} of ${size}`);
    }
    if (from === to) return;
    const stored = new StoredBytes(this.#parts, { ...place, fileId: body.fileId }, signal);
    if (body.sealed) yield* this.#opened(stored, body, { from, to });
    else yield* stored.read(from, to);
  }

  /** The chunks that hold the range, each opened alone. */
  async *#opened(
    stored: StoredBytes,
    body: FileBody,
    { from, to }: { readonly from: number; readonly to: number },
  ): AsyncGenerator<Uint8Array, void, undefined> {
    const { sealed } = body;
    if (sealed === undefined || body.size !== sealedSize(sealed.size)) throw new ClientError("fileDamaged", "sizes");
    const key = keyOf(sealed.key);
    const last = chunkAt(sealed.size, chunkOf(to - 1));
    let chunk = chunkAt(sealed.size, chunkOf(from));
    let pieces: Uint8Array[] = [];
    let length = 0;
    for await (const bytes of stored.read(chunk.sealedFrom, last.sealedTo)) {
      for (let rest = bytes; rest.length > 0; ) {
        const piece = rest.subarray(0, chunk.sealedTo - chunk.sealedFrom - length);
        rest = rest.subarray(piece.length);
        pieces.push(piece);
        length += piece.length;
        if (length < chunk.sealedTo - chunk.sealedFrom) continue;
        const plain = await openChunk(this.#parts.crypto, key, chunk, concat(...pieces));
        if (plain === null) throw new ClientError("fileDamaged", `chunk ${chunk.number}`);
        yield plain.subarray(Math.max(0, from - chunk.from), to - chunk.from);
        if (chunk.number === last.number) return;
        chunk = chunkAt(sealed.size, chunk.number + 1);
        pieces = [];
        length = 0;
        await breathe();
      }
    }
  }
}

async function* stepsOf(source: FileSource): AsyncGenerator<Uint8Array, void, undefined> {
  for (let at = 0; at < source.size; at += STEP_BYTES) {
    yield await readSlice(source, at, Math.min(source.size, at + STEP_BYTES));
    await breathe();
  }
}
