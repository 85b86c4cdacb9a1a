import type { FileBody, FileId } from "@parley/protocol";
import { makeAutoObservable, observable, runInAction } from "mobx";
import { blobOf } from "./blob-of.ts";
import { SEALED_SAVE_MAX_BYTES, shownSize } from "./file-claims.ts";
import type { FileDevice } from "./file-device.ts";
import type { FilePart, FilePartNeeds } from "./file-part.ts";
import type { WantedFile } from "./file-urls.ts";
import type { Talk } from "./talk.ts";

/** The browser has begun to copy by then. */
const COPIED_MS = 60_000;

interface Save {
  readonly doneBytes: number;
  readonly cut: AbortController;
}

/** Files that people keep on their own disk. */
export class FileSaves implements FilePart {
  readonly #saves = observable.map<FileId, Save>(undefined, { deep: false });
  readonly #talk: Talk;
  readonly #device: FileDevice;

  constructor({ talk, device }: FilePartNeeds) {
    this.#talk = talk;
    this.#device = device;
    makeAutoObservable(this, { doneBytes: false });
  }

  /** Of one that is being opened here; undefined otherwise. */
  doneBytes(fileId: FileId): number | undefined {
    return this.#saves.get(fileId)?.doneBytes;
  }

  async save({ place, file }: WantedFile): Promise<void> {
    if (file.sealed === undefined) {
      const { url } = await this.#talk.files.url(place, file.fileId, { download: true });
      this.#device.save(url, file.name ?? "");
      return;
    }
    const { fileId } = file;
    if (this.#saves.has(fileId) || (shownSize(file) ?? 0) > SEALED_SAVE_MAX_BYTES) return;
    const cut = new AbortController();
    const progress = (doneBytes: number) => runInAction(() => this.#saves.set(fileId, { doneBytes, cut }));
    progress(0);
    try {
      const pieces = this.#talk.files.download(place, file as FileBody, { signal: cut.signal, progress });
      this.#hand(await blobOf(pieces, "application/octet-stream"), file.name ?? "");
    } catch (error) {
      if (!cut.signal.aborted) throw error;
    } finally {
      runInAction(() => this.#saves.delete(fileId));
    }
  }

  cancel(fileId: FileId): void {
    this.#saves.get(fileId)?.cut.abort();
  }

  /** What was asked for goes on by itself. */
  askAgain(): void {}

  clear(): void {
    for (const { cut } of this.#saves.values()) cut.abort();
  }

  /** Without a type that a browser would open. */
  #hand(blob: Blob, name: string): void {
    const url = URL.createObjectURL(blob);
    this.#device.save(url, name);
    setTimeout(() => URL.revokeObjectURL(url), COPIED_MS);
  }
}
