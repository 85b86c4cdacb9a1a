import { type Clock, ReplyError, type UserId } from "@parley/protocol";
import { metrics } from "../../metrics.ts";
import type { Objects } from "../../objects/objects.ts";
import type { FileRecord } from "../../records/file-record.ts";
import { userClosedUploads } from "../../store/keys.ts";
import type { Kv } from "../../store/kv.ts";
import type { Due } from "../deeds/due.ts";
import type { FileQuota } from "./file-quota.ts";
import { HELD_MS } from "./file-refs.ts";

/** To begin with what was asked for; a client that is slower asks for new URLs. So long a file that is gone leaves a trace. */
export const UPLOAD_URL_MS = 15 * 60_000;
/** A request that saw the file just before it went may sign one more URL. */
const UNDER_WAY_MS = 60_000;
/** A store elsewhere goes by its own clock; operators are told when it differs by more. */
const CLOCKS_MS = 5 * 60_000;
/** Files of one person that are gone while their URLs are good: who takes so many back in that time has to wait. */
export const CLOSED_MAX = 200;
const CLOSED_RETRY_MS = 60_000;

/** The kind of timed deed that looks once more for an object that is gone. */
export const LATE_OBJECT = "object";
/** The kind of timed deed after which nothing is known of a file that is gone. */
export const CLOSED_FILE = "closed";

/** What was tried again and again while the store was away leaves a mark a minute. */
const STEP_MS = 60_000;
/** It takes its room until then: the store would take the bytes. */
const ROOM_KEPT = "room";

export interface FileClosingParts {
  readonly store: Kv;
  readonly clock: Clock;
  readonly objects: Objects;
  readonly quota: FileQuota;
  readonly due: () => Due;
}

/**
 * What becomes of a file's objects when the file goes, while there are URLs by which somebody could bring them back.
 * Where the store takes an object once, an empty one in its place shuts the way, and the room is free at once;
 * elsewhere the room is taken for as long as the URLs are good.
 */
export class FileClosing {
  readonly #parts: FileClosingParts;

  constructor(parts: FileClosingParts) {
    this.#parts = parts;
  }

  /** Throws when so many are waited for that there may be no more. */
  async check(userId: UserId): Promise<void> {
    const closed = await this.#parts.store.hashLength(userClosedUploads(userId));
    if (closed >= CLOSED_MAX) throw new ReplyError("RATE_LIMITED", { retryAfterMs: CLOSED_RETRY_MS });
  }

  /** The file's own object, and its parts. Any number of times, before the record goes. */
  async close(file: FileRecord): Promise<void> {
    const { store, objects, due } = this.#parts;
    const { fileId, owner, target } = file;
    if (!this.#mayComeBack(file)) {
      await objects.delete(target);
      metrics.objectsRemoved.add();
      return;
    }
    const canShut = file.parts || objects.abilities.putOnce;
    const until = this.#after(this.#urlsMs());
    // What shuts the way elsewhere has to be there until also the slowest PUT has ended.
    const isShutLong = canShut && !file.parts && !objects.isHere;
    await Promise.all([
      this.#lookAgain(target, isShutLong ? this.#after(HELD_MS) : until),
      due().add(CLOSED_FILE, `${fileId}:${owner}:${until}`, until),
    ]);
    await store.hashSet(userClosedUploads(owner), fileId, `${until} ${canShut ? "" : ROOM_KEPT}`);
    if (file.uploadId !== null) await objects.dropParts(target, file.uploadId);
    if (file.parts || !canShut) await objects.delete(target);
    else await objects.shut(target);
    metrics.objectsRemoved.add();
  }

  /** An object that only checks knew of, or that was copied: now, and once more for a check that was slower. */
  async closeOther(key: string): Promise<void> {
    await this.#lookAgain(key, this.#after(this.#urlsMs()));
    await this.#parts.objects.delete(key);
    metrics.objectsRemoved.add();
  }

  /** Is it one that is gone, and whose place takes nothing? */
  async isClosed(userId: UserId, fileId: string): Promise<boolean> {
    return (await this.#parts.store.hashGet(userClosedUploads(userId), fileId)) !== null;
  }

  /** Is the room of a file that is gone still taken? */
  async keepsRoom(userId: UserId, fileId: string): Promise<boolean> {
    return (await this.#parts.store.hashGet(userClosedUploads(userId), fileId))?.endsWith(ROOM_KEPT) === true;
  }

  /** The timed deed: a URL that was given out before may have brought the object back, or it is there to shut the way. */
  async sweepObject(what: string): Promise<void> {
    const { objects, due } = this.#parts;
    const [key = "", , again] = what.split(":");
    await objects.delete(key);
    if (objects.isHere || again !== undefined) return;
    // Elsewhere nobody stops a PUT that began in time.
    const at = this.#after(HELD_MS);
    await due().add(LATE_OBJECT, `${key}:${at}:again`, at);
  }

  /** The timed deed. */
  async sweepClosed(what: string): Promise<void> {
    const { store, quota } = this.#parts;
    const [fileId = "", owner = "", until] = what.split(":");
    const closed = await store.hashGet(userClosedUploads(owner), fileId);
    // It was closed again later, and there is a deed for that.
    if (closed !== null && Number.parseInt(closed, 10) > Number(until)) return;
    await quota.free(owner, fileId);
    await store.hashDelete(userClosedUploads(owner), fileId);
  }

  /** What was joined, or is older than any upload, no URL brings back. */
  #mayComeBack({ parts, key, createdAt }: FileRecord): boolean {
    return parts ? key === null : this.#parts.clock.now() < createdAt + HELD_MS + this.#urlsMs();
  }

  async #lookAgain(key: string, at: number): Promise<void> {
    await this.#parts.due().add(LATE_OBJECT, `${key}:${at}`, at);
  }

  #after(ms: number): number {
    return Math.ceil((this.#parts.clock.now() + ms) / STEP_MS) * STEP_MS;
  }

  #urlsMs(): number {
    return UPLOAD_URL_MS + UNDER_WAY_MS + (this.#parts.objects.isHere ? 0 : CLOCKS_MS);
  }
}
