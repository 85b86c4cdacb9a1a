import type { ChatId, FileId, FileKind, NewContent, NewFile, Result } from "@parley/protocol";
import type { UnfinishedUpload } from "@parley/protocol/client";
import { makeAutoObservable, observable, runInAction, when } from "mobx";
import { SEALED_SAVE_MAX_BYTES } from "./file-claims.ts";
import type { FileDevice } from "./file-device.ts";
import { type PickedFile, type Refusal, SendingFile, type Words } from "./sending-file.ts";
import type { Talk } from "./talk.ts";

/** Beside one message that is being written: more is a folder, which people send in an archive. */
export const STAGED_MAX = 20;
/** Own pictures that were just sent are shown from this page's memory, and not fetched. */
const OWN_MAX = 20;

export interface UploadsParts {
  readonly talk: Talk;
  readonly device: FileDevice;
  readonly say: (chatId: ChatId, content: NewContent) => Promise<void>;
}

export type Unfinished = UnfinishedUpload;

/** What is known of an own file before the log has brought it. */
export interface OwnFile {
  readonly name: string;
  readonly type: string;
  readonly size: number;
  readonly url: string | null;
}

/** Files that were picked, and those on their way; a message is sent when its file is there. */
export class Uploads {
  readonly #files = observable.array<SendingFile>([], { deep: false });
  readonly #own = observable.map<FileId, OwnFile>(undefined, { deep: false });
  /** Begun by an earlier page that went; who picks such a file again sends only the rest. */
  readonly #unfinished = observable.array<UnfinishedUpload>([], { deep: false });
  readonly #parts: UploadsParts;
  #recalled = false;
  #nextKey = 1;
  #lastBatch = 0;

  constructor(parts: UploadsParts) {
    this.#parts = parts;
    makeAutoObservable(this, { staged: false, sending: false, unfinished: false, own: false });
  }

  /** Beside the words that are being written in this chat. */
  staged(chatId: ChatId): readonly SendingFile[] {
    return this.#files.filter((file) => file.chatId === chatId && file.state.name === "staged");
  }

  /** On their way, and those that did not get there. */
  sending(chatId: ChatId): readonly SendingFile[] {
    return this.#files.filter((file) => file.chatId === chatId && file.state.name !== "staged");
  }

  unfinished(chatId: ChatId): readonly UnfinishedUpload[] {
    return this.#unfinished.filter(({ about }) => about.chatId === chatId);
  }

  /** Once a page, and by the tab that leads: what another tab has on its way is not unfinished. */
  async recall(): Promise<void> {
    const { talk } = this.#parts;
    if (this.#recalled || !talk.leads) return;
    this.#recalled = true;
    const unfinished = await talk.files.unfinished().catch(() => []);
    runInAction(() => this.#unfinished.replace([...unfinished]));
  }

  /** False when it is another file. */
  goOn(unfinished: UnfinishedUpload, picked: PickedFile): boolean {
    const { about, size } = unfinished;
    if (picked.blob.size !== size) return false;
    this.#unfinished.remove(unfinished);
    void this.sendNow(about.chatId, { name: about.name, blob: picked.blob.slice(0, size, about.type) }, {});
    return true;
  }

  async giveUp(unfinished: UnfinishedUpload): Promise<void> {
    this.#unfinished.remove(unfinished);
    await this.#parts.talk.files.discard(unfinished.fileId);
  }

  /** Something would be lost with the page. */
  get busy(): boolean {
    return this.#files.some(({ state }) => state.name === "looking" || state.name === "uploading");
  }

  own(fileId: FileId): OwnFile | undefined {
    return this.#own.get(fileId);
  }

  /** False when there were more than fit beside one message; the first ones are taken. */
  async stage(chatId: ChatId, picked: readonly PickedFile[]): Promise<boolean> {
    const room = STAGED_MAX - this.staged(chatId).length;
    const files = picked.slice(0, Math.max(0, room)).map((one) => this.#make(chatId, one));
    this.#files.push(...files);
    await this.#judge(files);
    return picked.length <= room;
  }

  /** All that stands beside the words. The words go with the first. */
  send(chatId: ChatId, words: Words): void {
    const files = this.staged(chatId).filter(({ refusal }) => refusal === null);
    const batch = ++this.#lastBatch;
    for (const [at, file] of files.entries()) void file.send(at === 0 ? words : {}, batch);
  }

  /** A voice message goes at once. */
  async sendNow(chatId: ChatId, picked: PickedFile, words: Words): Promise<void> {
    const file = this.#make(chatId, picked);
    this.#files.push(file);
    await file.send(words, ++this.#lastBatch);
  }

  /** Its words go with the next of those that were sent with it. */
  drop(file: SendingFile): void {
    file.drop();
    this.#files.remove(file);
    const others = this.#files.filter(({ batch }) => batch === file.batch && batch !== 0);
    const next = others.find(({ coming }) => coming) ?? others[0];
    if (next !== undefined) next.words = { ...file.words, ...next.words };
  }

  /** Nobody is signed in any more. */
  clear(): void {
    for (const file of this.#files) file.drop();
    this.#files.clear();
    this.#unfinished.clear();
    this.#recalled = false;
    for (const { url } of this.#own.values()) if (url !== null) URL.revokeObjectURL(url);
    this.#own.clear();
  }

  #make(chatId: ChatId, picked: PickedFile): SendingFile {
    const { talk, device } = this.#parts;
    const uploaded = (file: SendingFile, kind: FileKind, body: NewFile) => this.#uploaded(file, kind, body);
    return new SendingFile(this.#nextKey++, chatId, picked, {
      talk,
      device,
      turn: (file) => this.#turn(file),
      uploaded,
    });
  }

  /**
   * Files go to the store beside each other, and a small one is there first: its message waits for those before it.
   * One that has failed or was paused is not waited for; it comes when somebody goes on with it.
   */
  async #turn(file: SendingFile): Promise<void> {
    await when(() => {
      const before = this.#files.slice(0, Math.max(0, this.#files.indexOf(file)));
      return !before.some(({ batch, coming }) => batch === file.batch && coming);
    });
  }

  async #uploaded(file: SendingFile, kind: FileKind, body: NewFile): Promise<void> {
    runInAction(() => this.#keepOwn(body.fileId, file));
    await this.#parts.say(file.chatId, { kind, body });
    runInAction(() => this.#files.remove(file));
  }

  #keepOwn(fileId: FileId, file: SendingFile): void {
    // The same file sent again keeps its id; what was behind the earlier address is not looked at any more.
    const before = this.#own.get(fileId)?.url;
    if (before) URL.revokeObjectURL(before);
    this.#own.set(fileId, { name: file.name, type: file.type, size: file.size, url: file.takeUrl() });
    for (const [oldest, { url }] of this.#own) {
      if (this.#own.size <= OWN_MAX) break;
      if (url !== null) URL.revokeObjectURL(url);
      this.#own.delete(oldest);
    }
  }

  /** Says before a byte moves what the server would refuse. Without a connection it says so itself, at the beginning. */
  async #judge(files: readonly SendingFile[]): Promise<void> {
    const { seals } = this.#parts.talk.files;
    for (const file of files) {
      if (file.size === 0) file.refuse({ why: "empty" });
      else if (seals && file.size > SEALED_SAVE_MAX_BYTES) file.refuse({ why: "sealed", most: SEALED_SAVE_MAX_BYTES });
    }
    let quota: Result<"file.quota">;
    try {
      quota = await this.#parts.talk.request("file.quota", {});
    } catch {
      return;
    }
    runInAction(() => {
      const waiting = this.#files.filter((file) => !files.includes(file) && file.state.name === "staged");
      let left = quota.quotaBytes - quota.usedBytes;
      for (const { size, refusal } of waiting) if (refusal === null) left -= size;
      for (const file of files) {
        // Where the server takes less than such a page could, that is the limit.
        const decided = file.refusal?.why === "sealed" && quota.fileBytes < SEALED_SAVE_MAX_BYTES ? null : file.refusal;
        const refusal = decided ?? refusalOf(file.size, quota.fileBytes, left);
        if (refusal === null) left -= file.size;
        else file.refuse(refusal);
      }
    });
  }
}

function refusalOf(size: number, most: number, left: number): Refusal | null {
  if (size > most) return { why: "tooLarge", most };
  return size > left ? { why: "noRoom", most: Math.max(0, left) } : null;
}
