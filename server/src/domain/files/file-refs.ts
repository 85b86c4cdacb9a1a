import type { ChatId, Clock, Random } from "@parley/protocol";
import {
  eraseClosing,
  type FileRecord,
  isGone,
  readFile,
  readRemains,
  writeClosing,
  writeGone,
} from "../../records/file-record.ts";
import { fileRefs } from "../../store/keys.ts";
import type { Kv } from "../../store/kv.ts";
import type { Due } from "../deeds/due.ts";
import { newId } from "../ids.ts";

/** What is uploaded and not sent stays for so long. */
export const HELD_MS = 24 * 3600_000;
/** Whoever begins the same file again and again leaves a mark an hour. */
const HOLD_STEP_MS = 3600_000;
/** Nobody takes longer to find out whether something keeps a file: an older mark is of one who died. */
const CLOSING_MS = 60_000;
/** The kind of timed deed that removes a file which nothing keeps. */
export const UNKEPT = "file";

const HOLD = "hold/";
const LATER = "later/";
/** A message of a chat's log. */
export const messageRef = (chatId: ChatId, seq: number) => `m/${chatId}/${seq}`;
/** Null for a name of another kind. */
export function messageOf(ref: string): { readonly chatId: ChatId; readonly seq: number } | null {
  const [kind, chatId, seq] = ref.split("/");
  return kind === "m" && chatId !== undefined ? { chatId, seq: Number(seq) } : null;
}
/** A message that is about to be stored. */
export const sendingRef = (token: string) => `try/${token}`;
/** A message that its owner will send. */
export const laterRef = (clientId: string) => LATER + clientId;
/** Whoever uploaded it may use it until then. */
export const holdRef = (until: number) => HOLD + until;
/** Null for a name of another kind. */
export const holdEnd = (ref: string) => (ref.startsWith(HOLD) ? Number(ref.slice(HOLD.length)) : null);

export interface FileRefsParts {
  readonly store: Kv;
  readonly clock: Clock;
  readonly random: Random;
  readonly due: () => Due;
}

/**
 * What keeps files: a set of names at each. A file without any is removed. That somebody begins to use a file at the
 * very moment when the last name goes is decided so: who removes it marks it as closing before they look at the names,
 * who uses it adds a name before they look at the marks. One of them sees the other and gives way.
 */
export class FileRefs {
  readonly #parts: FileRefsParts;

  constructor(parts: FileRefsParts) {
    this.#parts = parts;
  }

  /** Null when there is no such file any more; nothing was added then. */
  async take(fileId: string, ref: string): Promise<FileRecord | null> {
    const { store, clock } = this.#parts;
    await store.setAdd(fileRefs(fileId), ref);
    const file = await readFile(store, fileId);
    const closing = file?.closing.some((at) => clock.now() - at < CLOSING_MS) ?? true;
    if (!closing) return file;
    await this.release(fileId, ref);
    return null;
  }

  /** For files that the caller keeps already by another name. */
  async add(fileId: string, ref: string): Promise<void> {
    await this.#parts.store.setAdd(fileRefs(fileId), ref);
  }

  /** Idempotent. A file that nothing keeps is removed soon after. */
  async release(fileId: string, ref: string): Promise<void> {
    const { store } = this.#parts;
    await store.setRemove(fileRefs(fileId), ref);
    if ((await store.setLength(fileRefs(fileId))) === 0) await this.removeSoon(fileId);
  }

  async removeSoon(fileId: string): Promise<void> {
    const { store, clock } = this.#parts;
    const owner = (await readRemains(store, fileId))?.owner;
    if (owner !== undefined) await this.removeAt({ fileId, owner }, clock.now());
  }

  /** Unless something keeps it then. */
  async removeAt({ fileId, owner }: Pick<FileRecord, "fileId" | "owner">, at: number): Promise<void> {
    await this.#parts.due().add(UNKEPT, `${fileId}:${owner}:${at}`, at);
  }

  /** Of a file that never came to be. */
  async forgetRemoval({ fileId, owner }: Pick<FileRecord, "fileId" | "owner">, at: number): Promise<void> {
    await this.#parts.due().remove(UNKEPT, `${fileId}:${owner}:${at}`);
  }

  async holdUntil(fileId: string, until: number): Promise<void> {
    await this.add(fileId, holdRef(until));
  }

  /** Whoever has it, has it for a while from now. Null when it is gone. */
  async hold(file: Pick<FileRecord, "fileId" | "owner">): Promise<FileRecord | null> {
    const until = Math.ceil((this.#parts.clock.now() + HELD_MS) / HOLD_STEP_MS) * HOLD_STEP_MS;
    await this.removeAt(file, until);
    return this.take(file.fileId, holdRef(until));
  }

  /** What keeps it for its owner alone: not what anybody can read. */
  async releaseOwn(fileId: string): Promise<void> {
    const { store } = this.#parts;
    for await (const ref of store.setScan(fileRefs(fileId))) {
      if (ref.startsWith(HOLD) || ref.startsWith(LATER)) await store.setRemove(fileRefs(fileId), ref);
    }
    if ((await store.setLength(fileRefs(fileId))) === 0) await this.removeSoon(fileId);
  }

  async eraseAll(fileId: string): Promise<void> {
    await this.#parts.store.delete(fileRefs(fileId));
  }

  /** True when nothing keeps the file and nothing ever will. `isKept`: what counts as keeping. */
  async close(fileId: string, isKept = () => this.#isNamed(fileId)): Promise<boolean> {
    const { store, clock, random } = this.#parts;
    if (await isGone(store, fileId)) return true;
    const token = newId(random);
    const startedAt = clock.monotonic();
    await writeClosing(store, fileId, token, clock.now());
    const kept = await isKept();
    // Else the mark may not count any more when the next write is done.
    const isTimely = clock.monotonic() - startedAt < CLOSING_MS / 2;
    if (!kept && isTimely) {
      await writeGone(store, fileId);
      return true;
    }
    await eraseClosing(store, fileId, token);
    if (!isTimely) throw new Error("The store took too long");
    return false;
  }

  async #isNamed(fileId: string): Promise<boolean> {
    return (await this.#parts.store.setLength(fileRefs(fileId))) > 0;
  }
}
