import type { BlobHash } from "@parley/protocol";
import { ReplyError } from "@parley/protocol";
import { makeAutoObservable, observable, runInAction } from "mobx";
import type { Talk } from "./talk.ts";

/** Pictures by their hash, which never change. A shelf that fails forgets instead of throwing. */
export interface PictureShelf {
  read(hash: BlobHash): Promise<string | undefined>;
  write(hash: BlobHash, data: string): Promise<void>;
}

/** In memory, at most 87 KB each and mostly a tenth of that; those wanted the longest ago go first. */
const SHOWN_MAX = 400;
/** Requests at a time: a list of faces must not hold up what a person does meanwhile. */
const AT_ONCE = 4;

/** Avatars by hash: from memory, from the browser, or from the server, which is asked once for each. */
export class Pictures {
  readonly #shown = observable.map<BlobHash, string>(undefined, { deep: false });
  /** Asked for and not there yet. */
  readonly #wanted = new Set<BlobHash>();
  readonly #fetching = new Set<BlobHash>();
  /** The server does not have them. */
  readonly #missing = new Set<BlobHash>();
  readonly #talk: Talk;
  readonly #shelf: PictureShelf;

  constructor(talk: Talk, shelf: PictureShelf) {
    this.#talk = talk;
    this.#shelf = shelf;
    makeAutoObservable(this);
  }

  /** A `data:` URL, once it is there. */
  url(hash: BlobHash): string | undefined {
    return this.#shown.get(hash);
  }

  want(hash: BlobHash): void {
    if (this.#shown.has(hash) || this.#missing.has(hash) || this.#fetching.has(hash)) return;
    this.#wanted.add(hash);
    this.askAgain();
  }

  /** Also after a reconnect. */
  askAgain(): void {
    for (const hash of this.#wanted) {
      if (this.#fetching.size >= AT_ONCE) return;
      this.#wanted.delete(hash);
      this.#fetching.add(hash);
      void this.#fetch(hash);
    }
  }

  clear(): void {
    this.#shown.clear();
    this.#wanted.clear();
    this.#missing.clear();
  }

  async #fetch(hash: BlobHash): Promise<void> {
    try {
      const kept = await this.#shelf.read(hash);
      const data = kept ?? (await this.#talk.request("blob.get", { hash })).data;
      if (kept === undefined) void this.#shelf.write(hash, data);
      runInAction(() => this.#show(hash, data));
      this.#fetching.delete(hash);
      this.askAgain();
    } catch (error) {
      this.#fetching.delete(hash);
      // Otherwise we are offline, and ask when the connection is back.
      if (error instanceof ReplyError && error.name === "NOT_FOUND") this.#missing.add(hash);
      else this.#wanted.add(hash);
    }
  }

  #show(hash: BlobHash, data: string): void {
    this.#shown.set(hash, `data:image/webp;base64,${data.replaceAll("-", "+").replaceAll("_", "/")}`);
    for (const oldest of this.#shown.keys()) {
      if (this.#shown.size <= SHOWN_MAX) break;
      this.#shown.delete(oldest);
    }
  }
}
