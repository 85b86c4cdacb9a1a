import type { ChatId, FileKind, NewFile } from "@parley/protocol";
import type { Upload, UploadState } from "@parley/protocol/client";
import { makeAutoObservable, observableRef, runInAction } from "mobx";
import type { Failure } from "./failure.ts";
import { toFailure } from "./failure.ts";
import { kindOf } from "./file-claims.ts";
import type { FileDevice, Looks } from "./file-device.ts";
import type { Talk } from "./talk.ts";

/** Why a file is not sent, known before a byte of it moves. `most`: the bytes that would do. */
export type Refusal =
  | { readonly why: "empty" }
  | { readonly why: "tooLarge" | "noRoom" | "sealed"; readonly most: number };

export type SendingState =
  /** Beside the words that are being written. */
  | { readonly name: "staged" }
  /** Its size and its blurred picture are found out. */
  | { readonly name: "looking" }
  | { readonly name: "uploading"; readonly upload: UploadState }
  | { readonly name: "failed"; readonly failure: Failure };

/** What goes with it into the message. */
export type Words = Pick<NewFile, "caption" | "replyTo">;

export interface SendingParts {
  readonly talk: Talk;
  readonly device: FileDevice;
  /** Resolves when those that were sent with it, and before it, are no longer waited for. */
  readonly turn: (sending: SendingFile) => Promise<void>;
  /** All of it is at the server, and it is its turn. */
  readonly uploaded: (sending: SendingFile, kind: FileKind, body: NewFile) => Promise<void>;
}

/** Bytes of an unknown type are sent as this, and so is what is not what it was said to be. */
const PLAIN = "application/octet-stream";
const MEDIA_TYPE = /^[a-z0-9][a-z0-9!#$&^_.+-]*\/[a-z0-9][a-z0-9!#$&^_.+-]*$/;
/** What no name of one file has: ways, controls, and characters that turn the direction of writing. */
const UNFIT = /[/\\\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu;
const NAME_MAX = 255;

/** One file that was picked, on its way into a conversation. */
export class SendingFile {
  readonly key: number;
  readonly chatId: ChatId;
  readonly name: string;
  readonly size: number;
  readonly blob: Blob;
  type: string;
  kind: FileKind;
  looks: Looks;
  refusal: Refusal | null = null;
  state: SendingState = { name: "staged" };
  /** Of the page's own memory, for pictures and films that can be shown here. */
  url: string | null = null;
  /** Those that were sent at one time have the same; 0 before it is sent. */
  batch = 0;
  words: Words = {};
  readonly #parts: SendingParts;
  readonly #looked: Promise<void>;
  #upload: Upload | null = null;
  #dropped = false;

  constructor(key: number, chatId: ChatId, file: PickedFile, parts: SendingParts) {
    this.key = key;
    this.chatId = chatId;
    this.name = fitName(file.name);
    this.size = file.blob.size;
    this.blob = file.blob;
    const type = file.blob.type.toLowerCase().split(";", 1)[0]?.trim() ?? "";
    this.type = MEDIA_TYPE.test(type) ? type : PLAIN;
    this.kind = file.voice === undefined ? kindOf(this.type) : "voice";
    this.looks = file.voice ?? {};
    this.#parts = parts;
    makeAutoObservable(this, {
      state: observableRef,
      looks: observableRef,
      refusal: observableRef,
      words: observableRef,
      blob: false,
    });
    this.#looked = this.#look();
  }

  /** Of the upload, as far as it is known; null while nothing moves. */
  get doneBytes(): number | null {
    if (this.state.name !== "uploading") return null;
    const { upload } = this.state;
    if (upload.name === "checking" || upload.name === "done") return this.size;
    return "doneBytes" in upload ? upload.doneBytes : 0;
  }

  get paused(): boolean {
    return this.state.name === "uploading" && this.state.upload.name === "paused";
  }

  /** Its message will follow without anybody's doing. */
  get coming(): boolean {
    const { name } = this.state;
    return name === "looking" || (name === "uploading" && !this.paused);
  }

  /** All of it is there, and those before it are not. */
  get awaitsTurn(): boolean {
    return this.state.name === "uploading" && this.state.upload.name === "done";
  }

  refuse(refusal: Refusal): void {
    this.refusal = refusal;
  }

  async send(words: Words, batch: number): Promise<void> {
    this.words = words;
    this.batch = batch;
    this.state = { name: "looking" };
    await this.#looked;
    await this.#send();
  }

  pause(): void {
    this.#upload?.pause();
  }

  resume(): void {
    this.#upload?.resume();
  }

  /** What has arrived is not sent again. */
  async retry(): Promise<void> {
    if (this.state.name !== "failed") return;
    if (this.state.failure.name === "FILE_TYPE_WRONG") {
      this.type = PLAIN;
      this.kind = "file";
    }
    this.state = { name: "looking" };
    await this.#send();
  }

  /** Nothing of it is left, here and at the server. */
  drop(): void {
    this.#dropped = true;
    this.#upload?.cancel();
    this.forget();
  }

  /** Gives the memory of the page back. */
  forget(): void {
    if (this.url !== null) URL.revokeObjectURL(this.url);
    this.url = null;
  }

  /** Hands the address over to who shows the message now. */
  takeUrl(): string | null {
    const { url } = this;
    this.url = null;
    return url;
  }

  async #send(): Promise<void> {
    const { talk, turn, uploaded } = this.#parts;
    if (this.#dropped) return;
    try {
      const { blob } = this;
      const slice = async (from: number, to: number) => new Uint8Array(await blob.slice(from, to).arrayBuffer());
      const about = { chatId: this.chatId, name: this.name, type: this.type };
      const upload = talk.files.upload({ size: this.size, slice }, about);
      this.#upload = upload;
      this.#apply(upload.state);
      upload.on((state) => this.#apply(state));
      const file = await upload.done;
      await turn(this);
      if (!this.#dropped) await uploaded(this, this.kind, { ...file, ...this.looks, ...this.words });
    } catch (error) {
      runInAction(() => {
        this.state = { name: "failed", failure: toFailure(error) };
      });
    }
  }

  #apply(upload: UploadState): void {
    // What ends it is told by its promise.
    if (upload.name === "failed" || upload.name === "cancelled") return;
    runInAction(() => {
      this.state = { name: "uploading", upload };
    });
  }

  async #look(): Promise<void> {
    const { kind } = this;
    if (kind !== "image" && kind !== "video") return;
    const looks = await this.#parts.device.look(this.blob, kind);
    if (this.#dropped) return;
    runInAction(() => {
      if (looks === null) this.kind = "file";
      else {
        this.looks = looks;
        this.url = URL.createObjectURL(this.blob);
      }
    });
  }
}

/** As pages and recorders hand it over. */
export interface PickedFile {
  readonly name: string;
  readonly blob: Blob;
  /** Of a voice message. */
  readonly voice?: Pick<NewFile, "durationMs" | "waveform">;
}

function fitName(name: string): string {
  const fit = name.replace(UNFIT, "_").trim();
  if (fit === "") return "file";
  if (fit.length <= NAME_MAX) return fit;
  // The ending says what it is.
  const dot = fit.lastIndexOf(".");
  const ending = dot > 0 && fit.length - dot <= 16 ? fit.slice(dot) : "";
  return fit.slice(0, NAME_MAX - ending.length) + ending;
}
