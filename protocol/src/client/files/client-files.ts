import type { ChatId, FileId } from "../../ids.ts";
import type { FileBody } from "../../schema/file.ts";
import type { FileHashes } from "../../secure/index.ts";
import type { FileHttp } from "./file-http.ts";
import type { FileSource } from "./file-source.ts";
import type { UnfinishedUpload, Upload, UploadAbout } from "./upload.ts";

export interface FilesOptions {
  readonly http: FileHttp;
  /**
   * False where URLs of the store are plain http (a page that is no secure context): bytes are sealed before they leave.
   * Without it: is the client's own URL `wss:` or of this machine?
   */
  readonly secure?: boolean;
  /** Faster ones than JavaScript's, which read some 30 MiB a second. */
  readonly hashes?: FileHashes;
}

/** The message that holds the file, which is what allows reading it. */
export interface FilePlace {
  readonly chatId: ChatId;
  readonly seq: number;
}

export interface DownloadOptions {
  readonly signal?: AbortSignal;
  /**
   * The first bytes of the file, kept from an earlier download that was cut: they are hashed, and the download begins
   * after them.
   */
  readonly have?: FileSource;
  /** Bytes of the (opened) file so far, those of `have` included. */
  readonly progress?: (doneBytes: number) => void;
}

/** Files straight to and from the object store. `client.files`. */
export interface ClientFiles {
  /** Are files sealed before they leave this client? Then they cannot be shown by URL, but only by `download`. */
  readonly seals: boolean;
  /** Begins at once, or when others are done. Never throws: a failure is in the upload's state and `done`. */
  upload(source: FileSource, about: UploadAbout): Upload;
  /** Of this process, until they have ended. */
  readonly uploads: readonly Upload[];
  /** Left by an earlier process in this storage; not those of `uploads`. */
  unfinished(): Promise<readonly UnfinishedUpload[]>;
  /** Gives an unfinished upload up, here and at the store. */
  discard(fileId: FileId): Promise<void>;
  /**
   * Absolute and short-lived, for `<img>`, `<video>` or a download by the browser; ask again when it has expired. Of no
   * use for a file that is `sealed`.
   */
  url(
    place: FilePlace,
    fileId: FileId,
    options?: { readonly download?: boolean },
  ): Promise<{ readonly url: string; readonly expiresAt: number }>;
  /**
   * The file as it was before any sealing, from the beginning (or after `have`), in pieces of at most some MiB as they
   * are asked for. Goes on by itself after a cut and with new URLs. At the end it is compared with the hash in `body`
   * and throws `ClientError("fileDamaged")` if it differs: only an iteration that ended well gave the file.
   */
  download(place: FilePlace, body: FileBody, options?: DownloadOptions): AsyncIterable<Uint8Array>;
  /** Bytes `from` to `to` (not included) of it; whether they are authentic is known of sealed files only. */
  read(
    place: FilePlace,
    body: FileBody,
    range: { readonly from: number; readonly to: number },
    options?: { readonly signal?: AbortSignal },
  ): AsyncIterable<Uint8Array>;
}
