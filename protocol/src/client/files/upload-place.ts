import { ReplyError } from "../../errors.ts";
import type { ClientId, FileId } from "../../ids.ts";
import { uuidV7 } from "../uuid-v7.ts";
import { type Asking, askUntilAnswered } from "./asking.ts";
import { throwIfCancelled } from "./patience.ts";
import type { Plan } from "./plan.ts";
import type { Transfers } from "./transfers.ts";
import type { Begun } from "./unfinished.ts";
import type { UploadAbout } from "./upload.ts";
import { UploadUrls } from "./upload-urls.ts";

/** What the server calls bytes that only their owner has sealed. */
const SEALED_TYPE = "application/octet-stream";

/** What the server has of one upload: a file that was begun, by this process or an earlier one, and where its parts go. */
export class UploadPlace {
  readonly #about: UploadAbout;
  readonly #transfers: Transfers;
  #begun: Begun | null = null;
  /** Of what is to be begun: asked again after a lost answer, it begins no second one. */
  #clientId: ClientId | null = null;
  #urls: UploadUrls | null = null;

  constructor(about: UploadAbout, transfers: Transfers) {
    this.#about = about;
    this.#transfers = transfers;
  }

  get fileId(): FileId | null {
    return this.#begun?.fileId ?? null;
  }

  /** Goes on with what an earlier process has begun, if this one has not begun anything itself. */
  takeUp(begun: Begun): void {
    this.#begun ??= begun;
  }

  /** Where the parts go that have not arrived; `ready` when the server has the same bytes already. */
  async urls(plan: Plan, asking: Asking): Promise<UploadUrls | "ready"> {
    if (this.#begun !== null) {
      const urls = this.#urls ?? this.#newUrls(this.#begun);
      this.#urls = urls;
      if (await isKnown(urls, asking)) return urls;
      await this.#forget();
    }
    return this.#begin(plan, asking);
  }

  /** False when the server misses parts, which have to be sent again then. `again`: there is another try. */
  async complete(asking: Asking, again: boolean): Promise<boolean> {
    const { fileId } = this.#must();
    try {
      await askUntilAnswered(asking, "file.complete", { fileId });
      return true;
    } catch (error) {
      const missing = error instanceof ReplyError && error.name === "FILE_NOT_UPLOADED";
      if (missing && again) {
        this.#urls = null;
        return false;
      }
      // Any other answer of the server is the end of it there.
      if (error instanceof ReplyError && !missing) await this.#forget();
      throw error;
    }
  }

  /** It is complete: a restart has nothing to go on with. */
  async end(): Promise<FileId> {
    const { fileId } = this.#must();
    await this.#transfers.unfinished.remove(fileId);
    return fileId;
  }

  async #begin(plan: Plan, asking: Asking): Promise<UploadUrls | "ready"> {
    const { chatId, name, type } = this.#about;
    const { unfinished, now } = this.#transfers;
    const { parts, stored, key } = plan;
    this.#clientId ??= uuidV7(this.#transfers.serverNow(), this.#transfers.random);
    const reply = await askUntilAnswered(asking, "file.begin", {
      clientId: this.#clientId,
      chatId,
      name,
      type: key === undefined ? type : SEALED_TYPE,
      ...stored,
      ...(parts === undefined ? {} : { parts: [...parts] }),
    });
    const begun = { fileId: reply.fileId, about: this.#about, plan, begunAt: now() };
    this.#begun = begun;
    if (reply.ready) return "ready";
    const urls = this.#newUrls(begun);
    this.#urls = urls;
    urls.learn(reply);
    await unfinished.put(begun);
    throwIfCancelled(asking.signal);
    return urls;
  }

  #newUrls({ fileId, plan }: Begun): UploadUrls {
    return new UploadUrls(fileId, plan.parts === undefined, () => this.#transfers.serverNow());
  }

  #must(): Begun {
    if (this.#begun === null) throw new Error("not begun");
    return this.#begun;
  }

  async #forget(): Promise<void> {
    const { fileId } = this;
    this.#begun = null;
    this.#clientId = null;
    this.#urls = null;
    if (fileId !== null) await this.#transfers.unfinished.remove(fileId);
  }
}

/** What of it has arrived; false when the server does not know it any more. */
async function isKnown(urls: UploadUrls, asking: Asking): Promise<boolean> {
  try {
    await urls.look(asking);
    return true;
  } catch (error) {
    if (error instanceof ReplyError && error.name === "FILE_NOT_FOUND") return false;
    throw error;
  }
}
