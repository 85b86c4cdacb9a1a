import type { ChatId, ClientId, Clock, FileKind, UserId } from "@parley/protocol";
import { readChatInfo } from "../../records/chat-info.ts";
import { readClaim } from "../../records/claim.ts";
import { readHead } from "../../records/entry.ts";
import { readFile } from "../../records/file-record.ts";
import { isRetracted } from "../../records/message-target.ts";
import { filesIn } from "../../records/shown-files.ts";
import { chatFiles, chatFilesOfKind, chatLog, FILE_AGES } from "../../store/keys.ts";
import type { Appended, Kv } from "../../store/kv.ts";
import { type FileRefs, HELD_MS, holdRef, messageRef, sendingRef } from "./file-refs.ts";

/** A message that is about to be stored, and the files that it has. */
export interface SentFiles {
  readonly chatId: ChatId;
  readonly sender: UserId;
  readonly clientId: ClientId;
  readonly fileIds: readonly string[];
}

export interface KeepArgs extends SentFiles {
  /** Names this attempt. */
  readonly token: string;
  readonly at: number;
}

/** Appends while the files are kept. `missing`: what is said when one of them is gone. */
export type Keeping = (
  sent: SentFiles,
  append: () => Promise<Appended>,
  missing: "FILE_NOT_FOUND" | "FILE_EXPIRED",
) => Promise<Appended>;

export interface HeldFilesParts {
  readonly store: Kv;
  readonly clock: Clock;
  readonly refs: FileRefs;
}

/** What a node that died, or is slow, has sent to the store may still be done: for so long a message is looked for. */
export const KEEP_INTENT_MS = 60_000;

interface Held {
  readonly files: readonly string[];
  readonly kinds: readonly FileKind[];
}

/** Which message of a chat holds which files: so that files go when the last message that has them goes. */
export class HeldFiles {
  readonly #parts: HeldFilesParts;

  constructor(parts: HeldFilesParts) {
    this.#parts = parts;
  }

  /** Before the message is stored. False when one of the files is gone. */
  async take({ fileIds, token }: KeepArgs): Promise<boolean> {
    const { refs } = this.#parts;
    const taken = await Promise.all(fileIds.map((fileId) => refs.take(fileId, sendingRef(token))));
    return taken.every((file) => file !== null && file.key !== null);
  }

  /** The attempt has ended. */
  async give({ fileIds, token }: KeepArgs): Promise<void> {
    const { refs } = this.#parts;
    await Promise.all(fileIds.map((fileId) => refs.release(fileId, sendingRef(token))));
  }

  /** From an intent. */
  async replay(args: KeepArgs): Promise<void> {
    const { store, clock } = this.#parts;
    const claim = await readClaim(store, args.chatId, args.sender, args.clientId);
    if (claim?.state === "pending") throw new Error("It is not known yet whether the message was stored");
    if (claim === null && clock.now() - args.at < KEEP_INTENT_MS) return;
    if (claim !== null) await this.hold(args.chatId, claim.seq);
    await this.give(args);
  }

  /** What the stored message has. Of one that is gone, or whose chat is, nothing is left. Idempotent. */
  async hold(chatId: ChatId, seq: number): Promise<void> {
    const { store, refs } = this.#parts;
    const text = (await store.listGet(chatLog(chatId), seq - 1)) ?? "";
    const shown = filesIn(text);
    if (shown.length === 0) return;
    const sentAt = readHead(text)?.sentAt ?? 0;
    const files = [...new Set(shown.map(({ fileId }) => fileId))];
    const kinds = [...new Set(shown.map(({ kind }) => kind))];
    await store.hashSet(chatFiles(chatId), String(seq), JSON.stringify({ files, kinds } satisfies Held));
    await Promise.all(files.map((fileId) => store.sortedAdd(FILE_AGES, sentAt, fileId)));
    await Promise.all(files.map((fileId) => refs.add(fileId, messageRef(chatId, seq))));
    await Promise.all(kinds.map((kind) => store.sortedAdd(chatFilesOfKind(chatId, kind), -seq, String(seq))));
    await Promise.all(files.map((fileId) => this.#endHold(fileId)));
    const [retracted, { deletedSeq }] = await Promise.all([
      isRetracted(store, chatId, seq),
      readChatInfo(store, chatId),
    ]);
    if (retracted || deletedSeq > 0) await this.erase(chatId, seq);
  }

  /** Of a message that is gone. Idempotent. */
  async erase(chatId: ChatId, seq: number): Promise<void> {
    const { store, refs } = this.#parts;
    const text = await store.hashGet(chatFiles(chatId), String(seq));
    if (text === null) return;
    const { files, kinds } = JSON.parse(text) as Held;
    await Promise.all(kinds.map((kind) => store.sortedRemove(chatFilesOfKind(chatId, kind), String(seq))));
    // It may have been the newest that a file has: what it counts from is looked for anew.
    await Promise.all(files.map((fileId) => store.sortedAdd(FILE_AGES, 0, fileId)));
    await Promise.all(files.map((fileId) => refs.release(fileId, messageRef(chatId, seq))));
    await store.hashDelete(chatFiles(chatId), String(seq));
  }

  /** The timed deed: of a chat that was deleted. */
  async eraseChat(chatId: ChatId): Promise<void> {
    for await (const [seq] of this.#parts.store.hashScan(chatFiles(chatId))) await this.erase(chatId, Number(seq));
  }

  /** Once it was sent, a file stays for as long as messages have it. */
  async #endHold(fileId: string): Promise<void> {
    const { store, refs } = this.#parts;
    const file = await readFile(store, fileId);
    if (file !== null) await refs.release(fileId, holdRef(file.createdAt + HELD_MS));
  }
}
