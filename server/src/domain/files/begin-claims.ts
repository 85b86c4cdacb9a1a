import { createHash } from "node:crypto";
import { type Params, type Random, ReplyError, type UserId } from "@parley/protocol";
import { type FileRecord, readFile, readRemains } from "../../records/file-record.ts";
import { beginClaim } from "../../store/keys.ts";
import type { Kv } from "../../store/kv.ts";
import { newId } from "../ids.ts";
import type { FileClosing } from "./file-closing.ts";
import { HELD_MS } from "./file-refs.ts";

/** Longer than an upload lives. */
const CLAIM_SECONDS = (HELD_MS + 3600_000) / 1000;

export interface Claimed {
  readonly fileId: string;
  /** Null: it is not begun yet, or by a node that died over it. */
  readonly file: FileRecord | null;
  /** Somebody else may be beginning it, too. */
  readonly isShared: boolean;
}

/**
 * Ids of uploads that clients make, so that asking again after a lost answer begins no second one. An id is claimed for
 * a file before anything is written of it, and let go before the record of the file goes: a claim without a record is of
 * a beginning that was cut, which whoever asks again carries on.
 */
export class BeginClaims {
  readonly #store: Kv;
  readonly #random: Random;
  readonly #closing: FileClosing;

  constructor(parts: { readonly store: Kv; readonly random: Random; readonly closing: FileClosing }) {
    this.#store = parts.store;
    this.#random = parts.random;
    this.#closing = parts.closing;
  }

  /** Throws `CLIENT_ID_REUSED` where the id is of another file. */
  async claim(userId: UserId, asked: Params<"file.begin">): Promise<Claimed> {
    const fileId = newId(this.#random);
    if (asked.clientId === undefined) return { fileId, file: null, isShared: false };
    const key = beginClaim(userId, asked.clientId);
    const what = digestOf(asked);
    if (await this.#store.setNx(key, `${fileId} ${what}`, CLAIM_SECONDS))
      return { fileId, file: null, isShared: false };
    const [known = "", its] = ((await this.#store.get(key)) ?? "").split(" ");
    // It ended between the two looks.
    if (known === "") throw new ReplyError("CONFLICT");
    if (its !== what) throw new ReplyError("CLIENT_ID_REUSED");
    const file = await readFile(this.#store, known);
    // Given up, and just being removed: nothing can be put there any more.
    if (file === null && (await this.#isEnding(userId, known))) throw new ReplyError("CONFLICT");
    return { fileId: known, file, isShared: true };
  }

  async #isEnding(userId: UserId, fileId: string): Promise<boolean> {
    return (await readRemains(this.#store, fileId)) !== null || this.#closing.isClosed(userId, fileId);
  }

  /** Before the record of the file goes. */
  async release({ owner, clientId, fileId }: Pick<FileRecord, "owner" | "clientId" | "fileId">): Promise<void> {
    if (clientId === null) return;
    const key = beginClaim(owner, clientId);
    if ((await this.#store.get(key))?.startsWith(`${fileId} `) === true) await this.#store.delete(key);
  }
}

function digestOf({ chatId, name, type, size, sha256, md5, parts = [] }: Params<"file.begin">): string {
  const all = [chatId, name, type, size, sha256, md5, parts.map((part) => [part.size, part.md5])];
  return createHash("sha256").update(JSON.stringify(all)).digest("base64url");
}
