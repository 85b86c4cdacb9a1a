import type { FileId } from "../../ids.ts";
import type { Result } from "../../requests.ts";
import type { Upload as Target } from "../../schema/file.ts";
import { ClientError } from "../state.ts";
import { type Asking, askUntilAnswered } from "./asking.ts";

/** A URL this near to its end would expire under way to the store. */
const MARGIN_MS = 10_000;
/** Asked for in one go: about what is sent before they expire. */
const AT_ONCE = 16;

type Granted = Pick<Result<"file.parts">, "expiresAt"> & Partial<Pick<Result<"file.parts">, "upload" | "parts">>;

/** Where the parts of one upload go, renewed as they expire; a file that is not cut is its own part 1. */
export class UploadUrls {
  readonly #fileId: FileId;
  readonly #whole: boolean;
  readonly #now: () => number;
  readonly #targets = new Map<number, Target & { readonly expiresAt: number }>();
  readonly arrived = new Set<number>();
  #asking: Promise<void> = Promise.resolve();

  constructor(fileId: FileId, whole: boolean, now: () => number) {
    this.#fileId = fileId;
    this.#whole = whole;
    this.#now = now;
  }

  learn({ upload, parts = [], expiresAt }: Granted): void {
    if (this.#whole && upload) this.#targets.set(1, { ...upload, expiresAt });
    for (const { number, ...target } of parts) this.#targets.set(number, { ...target, expiresAt });
  }

  /** What the store has already. */
  async look(asking: Asking): Promise<void> {
    await this.#ask([], asking);
  }

  /** This one did not do, or may have arrived unheard: `get` asks anew. */
  forget(number: number): void {
    this.#targets.delete(number);
  }

  /** Null when it has arrived. `missing`: what will be asked for next. */
  async get(number: number, missing: readonly number[], asking: Asking): Promise<Target | null> {
    // One at a time: the answer to another part may bring this one, too.
    const turn = this.#asking.then(async () => {
      if (this.arrived.has(number) || this.#isFresh(number)) return;
      const wanted = missing.filter((other) => other !== number && !this.#isFresh(other));
      await this.#ask([number, ...wanted].slice(0, AT_ONCE), asking);
    });
    this.#asking = turn.catch(() => {});
    await turn;
    if (this.arrived.has(number)) return null;
    const target = this.#targets.get(number);
    if (target === undefined) throw new ClientError("invalidReply", "file.parts");
    return target;
  }

  async #ask(numbers: readonly number[], asking: Asking): Promise<void> {
    const params = this.#whole ? {} : { numbers: [...numbers] };
    const reply = await askUntilAnswered(asking, "file.parts", { fileId: this.#fileId, ...params });
    for (const number of reply.arrived) this.arrived.add(number);
    // A file that is complete has no place to be sent to.
    if (this.#whole && reply.upload === undefined) this.arrived.add(1);
    this.learn(reply);
  }

  #isFresh(number: number): boolean {
    const target = this.#targets.get(number);
    return target !== undefined && target.expiresAt > this.#now() + MARGIN_MS;
  }
}
