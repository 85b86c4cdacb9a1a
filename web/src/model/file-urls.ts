import { type FileBody, ReplyError } from "@parley/protocol";
import type { FilePlace } from "@parley/protocol/client";
import { makeAutoObservable, observable, runInAction } from "mobx";
import type { AttachedFile } from "./attached-file.ts";
import { blobOf } from "./blob-of.ts";
import { shownSize, shownType, showsAs } from "./file-claims.ts";
import type { FilePart, FilePartNeeds } from "./file-part.ts";
import type { Talk } from "./talk.ts";

/** Addresses that are remembered, more than ever stand on a page: those asked for the longest ago go first. */
const KEPT_MAX = 3_000;
/** Sealed files are opened in the page's memory, where so many bytes of them may stay at a time. */
const OPENED_MAX_BYTES = 256 * 1024 ** 2;
/** A single one that is shown; a larger one can be saved. */
export const OPENED_ONE_MAX_BYTES = 128 * 1024 ** 2;
/** Near its end an address is not begun with any more. */
const MARGIN_MS = 20_000;
/** At a time: fast scrolling must not hold up what a person does meanwhile. */
const AT_ONCE = 4;
/** A player whose address ended asks for another one; if that does not help either, it is not the address. */
const RENEW_PAUSE_MS = 10_000;

interface Kept {
  readonly url: string;
  readonly expiresAt: number;
  /** Bytes of the page's memory behind it. */
  readonly bytes: number;
}

export interface WantedFile {
  readonly place: FilePlace;
  readonly file: AttachedFile;
}

/** Where the files of messages can be read. Addresses are short-lived; those of sealed files lead into this page's memory. */
export class FileUrls implements FilePart {
  readonly #kept = observable.map<string, Kept>(undefined, { deep: false });
  readonly #failed = observable.set<string>();
  /** The server keeps them no longer, and never will again. */
  readonly #expired = observable.set<string>();
  readonly #waiting = new Map<string, WantedFile>();
  readonly #asking = new Set<string>();
  readonly #renewedAt = new Map<string, number>();
  #openedBytes = 0;
  readonly #talk: Talk;
  readonly #now: () => number;

  constructor({ talk, clock }: Pick<FilePartNeeds, "talk" | "clock">) {
    this.#talk = talk;
    this.#now = () => clock.now();
    makeAutoObservable(this, { url: false, hasFailed: false, isExpired: false });
  }

  url(wanted: WantedFile): string | undefined {
    return this.#kept.get(keyOf(wanted))?.url;
  }

  hasFailed(wanted: WantedFile): boolean {
    return this.#failed.has(keyOf(wanted));
  }

  isExpired(wanted: WantedFile): boolean {
    return this.#expired.has(keyOf(wanted));
  }

  /** What somebody was told who asked for the file in another way. */
  learn(wanted: WantedFile, error: unknown): void {
    if (!(error instanceof ReplyError && error.name === "FILE_EXPIRED")) return;
    this.#expired.add(keyOf(wanted));
    const [oldest] = this.#expired;
    if (this.#expired.size > KEPT_MAX && oldest !== undefined) this.#expired.delete(oldest);
  }

  want(wanted: WantedFile): void {
    const key = keyOf(wanted);
    const known = this.#kept.get(key);
    if (known !== undefined && known.expiresAt - MARGIN_MS > this.#now()) return;
    if (this.#asking.has(key) || this.#expired.has(key)) return;
    this.#failed.delete(key);
    this.#waiting.set(key, wanted);
    this.#askNext();
  }

  /** The address did not do. False: another one would not help. `afresh`: whatever was tried a moment ago. */
  renew(wanted: WantedFile, afresh = false): boolean {
    const key = keyOf(wanted);
    const last = this.#renewedAt.get(key);
    if (!afresh && last !== undefined && this.#now() - last < RENEW_PAUSE_MS) return false;
    this.#renewedAt.set(key, this.#now());
    this.#forget(key);
    this.want(wanted);
    return true;
  }

  /** The connection is back. */
  askAgain(): void {
    this.#failed.clear();
    // What did not do before may have been the line.
    this.#renewedAt.clear();
    this.#askNext();
  }

  clear(): void {
    for (const key of [...this.#kept.keys()]) this.#forget(key);
    this.#waiting.clear();
    this.#failed.clear();
    this.#expired.clear();
    this.#renewedAt.clear();
  }

  #askNext(): void {
    // What was wanted last is on screen now.
    for (const [key, wanted] of [...this.#waiting].reverse()) {
      if (this.#asking.size >= AT_ONCE) return;
      this.#waiting.delete(key);
      this.#asking.add(key);
      void this.#ask(key, wanted);
    }
  }

  async #ask(key: string, wanted: WantedFile): Promise<void> {
    try {
      const kept = await this.#find(wanted);
      runInAction(() => this.#keep(key, kept));
    } catch (error) {
      runInAction(() => {
        this.#failed.add(key);
        this.learn(wanted, error);
      });
    } finally {
      this.#asking.delete(key);
      this.#askNext();
    }
  }

  async #find({ place, file }: WantedFile): Promise<Kept> {
    if (file.sealed === undefined) return { ...(await this.#talk.files.url(place, file.fileId)), bytes: 0 };
    const size = shownSize(file) ?? 0;
    if (size > OPENED_ONE_MAX_BYTES || showsAs(file) === "card") throw new Error("Only to be saved.");
    const blob = await blobOf(this.#talk.files.download(place, file as FileBody), shownType(file));
    const url = URL.createObjectURL(blob);
    return { url, expiresAt: Number.POSITIVE_INFINITY, bytes: size };
  }

  #keep(key: string, kept: Kept): void {
    this.#forget(key);
    this.#kept.set(key, kept);
    this.#openedBytes += kept.bytes;
    for (const [oldest, one] of this.#kept) {
      if (oldest === key || (this.#kept.size <= KEPT_MAX && this.#openedBytes <= OPENED_MAX_BYTES)) break;
      this.#forget(oldest);
      // Whoever still shows it would fetch it again, in place of another that is shown, and so on without end.
      if (one.bytes > 0) this.#failed.add(oldest);
    }
    for (const [oldest] of this.#renewedAt) {
      if (this.#renewedAt.size <= KEPT_MAX) break;
      this.#renewedAt.delete(oldest);
    }
  }

  #forget(key: string): void {
    const kept = this.#kept.get(key);
    if (kept === undefined) return;
    if (kept.bytes > 0) URL.revokeObjectURL(kept.url);
    this.#openedBytes -= kept.bytes;
    this.#kept.delete(key);
  }
}

function keyOf({ place: { chatId, seq }, file: { fileId } }: WantedFile): string {
  return `${chatId}/${seq}/${fileId}`;
}
