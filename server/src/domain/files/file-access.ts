import { type Clock, type Params, ReplyError, type Result, type UserId } from "@parley/protocol";
import type { Objects } from "../../objects/objects.ts";
import { readExpiry } from "../../records/entry.ts";
import { readFile } from "../../records/file-record.ts";
import { hiddenSeqs, hidesIn } from "../../records/hidden.ts";
import { requireMessage } from "../../records/message-target.ts";
import { filesIn } from "../../records/shown-files.ts";
import type { Kv } from "../../store/kv.ts";
import { answered } from "./store-answers.ts";

/** Whoever leaves, or is taken out, reads no longer than this. */
const READ_SECONDS = 300;

export interface FileAccessParts {
  readonly store: Kv;
  readonly clock: Clock;
  readonly objects: Objects;
}

/** Who may read a file: whoever may read a message that has it, at the moment when they ask. */
export class FileAccess {
  readonly #parts: FileAccessParts;

  constructor(parts: FileAccessParts) {
    this.#parts = parts;
  }

  async url(userId: UserId, host: string, asked: Params<"file.url">): Promise<Result<"file.url">> {
    const { store, clock } = this.#parts;
    const { chatId, seq, fileId, download = false } = asked;
    const { text } = await requireMessage(store, chatId, userId, seq).catch(noFileInIt);
    if (await this.#isHidden(userId, asked)) throw new ReplyError("SEQ_OUT_OF_RANGE");
    const expiresAt = readExpiry(text);
    if (expiresAt !== null && expiresAt <= clock.now()) throw new ReplyError("MESSAGE_RETRACTED");
    const shown = filesIn(text).find((file) => file.fileId === fileId);
    const file = shown === undefined ? null : await readFile(store, fileId);
    if (shown === undefined) throw new ReplyError("FILE_NOT_FOUND");
    // What a message has goes before it for one reason alone.
    if (file === null) throw new ReplyError("FILE_EXPIRED");
    if (file.key === null) throw new ReplyError("FILE_NOT_FOUND");
    const objects = this.#parts.objects;
    // Where bytes have to be sealed, the URL and its answer are in the clear: they tell no name.
    const name = shown.sealed ? fileId : shown.name;
    const { type } = shown;
    const access = { host, ttlSeconds: READ_SECONDS, userId };
    const url = await answered(objects.signGet(file.key, { name, type, download }, access));
    return { url, expiresAt: clock.now() + READ_SECONDS * 1000 };
  }

  async #isHidden(userId: UserId, { chatId, seq }: Params<"file.url">): Promise<boolean> {
    const { store } = this.#parts;
    if (!(await hidesIn(store, userId, chatId))) return false;
    return (await hiddenSeqs(store, userId, chatId, seq, seq)).has(seq);
  }
}

/** What nobody wrote has no file either. */
function noFileInIt(error: unknown): never {
  if (error instanceof ReplyError && error.name === "NOT_EDITABLE") throw new ReplyError("FILE_NOT_FOUND");
  throw error;
}
