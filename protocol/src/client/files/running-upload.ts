import { ReplyError } from "../../errors.ts";
import type { FileId } from "../../ids.ts";
import type { FilePart } from "../../schema/file.ts";
import { SEALED_KEY_BYTES } from "../../secure/index.ts";
import { ClientError } from "../state.ts";
import type { Asking } from "./asking.ts";
import type { FileSource } from "./file-source.ts";
import { throwIfCancelled } from "./patience.ts";
import { keyOf, makePlan, type Plan, storedSource } from "./plan.ts";
import { Sending } from "./sending.ts";
import type { Transfers } from "./transfers.ts";
import type { Begun } from "./unfinished.ts";
import type { Upload, UploadAbout, UploadedFile, UploadState } from "./upload.ts";
import { UploadPlace } from "./upload-place.ts";
import type { UploadUrls } from "./upload-urls.ts";

/** Times that the server finds parts missing which the store has taken: then something is wrong with the store. */
const COMPLETIONS_MAX = 3;

export class RunningUpload implements Upload {
  readonly id: number;
  readonly about: UploadAbout;
  readonly size: number;
  readonly done: Promise<UploadedFile>;
  readonly #source: FileSource;
  readonly #transfers: Transfers;
  readonly #listeners = new Set<(state: UploadState) => void>();
  #state: UploadState = { name: "queued" };
  #settle: { resolve(file: UploadedFile): void; reject(error: Error): void } = { resolve: () => {}, reject: () => {} };
  #abort = new AbortController();
  /** A run that was aborted may still wait for an answer; the next begins after it. */
  #lastRun: Promise<void> = Promise.resolve();
  #plan: Plan | null = null;
  readonly #place: UploadPlace;
  #doneBytes = 0;
  #waiting = 0;
  #allSent = false;

  constructor(id: number, source: FileSource, about: UploadAbout, transfers: Transfers) {
    this.id = id;
    this.about = about;
    this.size = source.size;
    this.#source = source;
    this.#transfers = transfers;
    this.#place = new UploadPlace(about, transfers);
    this.done = new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
    });
    // Who looks at the state alone need not handle the promise as well.
    this.done.catch(() => {});
  }

  get state(): UploadState {
    return this.#state;
  }

  get hasEnded(): boolean {
    const { name } = this.#state;
    return name === "done" || name === "failed" || name === "cancelled";
  }

  /** The server's name of it, once it has one: no second upload takes the same place up. */
  get fileId(): FileId | null {
    return this.#place.fileId;
  }

  on(changed: (state: UploadState) => void): () => void {
    const listener = (state: UploadState): void => changed(state);
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  start(): void {
    const abort = new AbortController();
    this.#abort = abort;
    this.#set({ name: "queued" });
    this.#lastRun = this.#lastRun.then(() => this.#transfers.queue.run(() => this.#run(abort)));
  }

  pause(): void {
    if (this.hasEnded || this.#state.name === "paused") return;
    this.#abort.abort();
    this.#set({ name: "paused", doneBytes: this.#doneBytes });
  }

  resume(): void {
    if (this.#state.name === "paused") this.start();
  }

  cancel(): void {
    if (this.hasEnded) return;
    this.#abort.abort();
    this.#set({ name: "cancelled" });
    this.#settle.reject(new ClientError("cancelled"));
    // What was being asked when it was cancelled may have begun it.
    void this.#lastRun.then(() => {
      const { fileId } = this.#place;
      return fileId === null ? undefined : this.#transfers.giveUp(fileId);
    });
  }

  /** Nobody is signed in any more, or this client ends; what is stored goes on some other time. */
  stop(): void {
    if (this.hasEnded) return;
    this.#abort.abort();
    this.#fail(new ClientError("stopped"));
  }

  async #run(abort: AbortController): Promise<void> {
    if (abort.signal.aborted) return;
    try {
      const file = await this.#work(abort.signal);
      throwIfCancelled(abort.signal);
      this.#set({ name: "done", file });
      this.#settle.resolve(file);
    } catch (error) {
      if (!abort.signal.aborted) this.#fail(error);
    } finally {
      // Parts that are still on their way when another has failed.
      abort.abort();
    }
  }

  #fail(error: unknown): void {
    const known = error instanceof ReplyError || error instanceof ClientError;
    const failure = known ? error : new ClientError("fileUnreadable", String(error));
    this.#set({ name: "failed", why: failure instanceof ReplyError ? failure.name : failure.reason });
    this.#settle.reject(failure);
  }

  async #work(signal: AbortSignal): Promise<UploadedFile> {
    if (this.size < 1) throw new ClientError("invalidParams", "an empty file");
    const { plan, found } = await this.#planned(signal);
    const asking = this.#asking(signal);
    if (found !== null) this.#place.takeUp(found);
    for (let completions = 0; ; completions++) {
      const urls = await this.#place.urls(plan, asking);
      if (urls === "ready") return this.#finish(plan);
      this.#allSent = false;
      const refused = await this.#sendOrRefused(plan, urls, asking);
      this.#allSent = true;
      this.#show();
      if (await this.#place.complete(asking, completions < COMPLETIONS_MAX)) return this.#finish(plan);
      if (refused) throw refused;
    }
  }

  /** Also looks for the same bytes among what was begun before. */
  async #planned(signal: AbortSignal): Promise<{ plan: Plan; found: Begun | null }> {
    if (this.#plan) return { plan: this.#plan, found: null };
    const { seals, random } = this.#transfers;
    const candidates = await this.#transfers.resumable(this.about, this.size);
    const known = candidates[0]?.plan.key;
    const fresh = (): Uint8Array | null => (seals ? random.bytes(SEALED_KEY_BYTES) : null);
    let plan = await this.#read(known === undefined ? fresh() : keyOf(known), signal);
    // By the time this is known another upload may have taken it up.
    const taken = this.#transfers.taken();
    const same = plan.plain.sha256;
    const found = candidates.find(({ fileId, plan: { plain } }) => plain.sha256 === same && !taken.has(fileId)) ?? null;
    // A key is of one file.
    if (found) plan = found.plan;
    else if (known !== undefined) plan = await this.#read(fresh(), signal);
    this.#plan = plan;
    return { plan, found };
  }

  #read(key: Uint8Array | null, signal: AbortSignal): Promise<Plan> {
    const { hashes, crypto } = this.#transfers;
    this.#set({ name: "reading", doneBytes: 0 });
    const progress = (doneBytes: number): void => {
      if (!signal.aborted) this.#set({ name: "reading", doneBytes });
    };
    return makePlan(this.#source, key, { hashes, crypto, signal, progress });
  }

  /** The store also refuses what an earlier process has sent whole, when only the answer of the server was lost. */
  async #sendOrRefused(plan: Plan, urls: UploadUrls, asking: Asking): Promise<ClientError | null> {
    try {
      await this.#send(plan, urls, asking);
      return null;
    } catch (error) {
      if (error instanceof ClientError && error.reason === "storeRefused") return error;
      throw error;
    }
  }

  async #send(plan: Plan, urls: UploadUrls, asking: Asking): Promise<void> {
    const { http, hashes, crypto } = this.#transfers;
    const { size, md5 } = plan.stored;
    const whole: FilePart = { number: 1, size, md5 };
    await new Sending({
      http,
      hashes,
      source: storedSource(this.#source, plan, crypto),
      parts: plan.parts ?? [whole],
      urls,
      asking,
      progress: (sentBytes) => {
        if (asking.signal.aborted) return;
        // Of the file as its owner knows it.
        this.#doneBytes = Math.floor((sentBytes / size) * this.size);
        this.#show();
      },
    }).run();
  }

  #show(): void {
    if (this.#waiting > 0) this.#set({ name: "waiting", doneBytes: this.#doneBytes });
    else if (this.#allSent) this.#set({ name: "checking" });
    else this.#set({ name: "sending", doneBytes: this.#doneBytes });
  }

  #asking(signal: AbortSignal): Asking {
    const { requester, patience } = this.#transfers;
    this.#waiting = 0;
    this.#allSent = false;
    return {
      requester,
      patience,
      signal,
      waiting: (on) => {
        if (signal.aborted) return;
        this.#waiting += on ? 1 : -1;
        this.#show();
      },
    };
  }

  async #finish(plan: Plan): Promise<UploadedFile> {
    const fileId = await this.#place.end();
    if (plan.key === undefined) return { fileId };
    return { fileId, sealed: { key: plan.key, ...plan.plain, type: this.about.type } };
  }

  #set(state: UploadState): void {
    this.#state = state;
    for (const listener of [...this.#listeners]) {
      try {
        listener(state);
      } catch (error) {
        this.#transfers.warning(`listener of an upload: ${String(error)}`);
      }
    }
  }
}
