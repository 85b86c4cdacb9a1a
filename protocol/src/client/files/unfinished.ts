import type { FileId } from "../../ids.ts";
import type { Clock } from "../../platform.ts";
import type { ClientStorage } from "../storage.ts";
import type { Plan } from "./plan.ts";
import type { UploadAbout } from "./upload.ts";

/** The server sweeps uploads that are as old. */
const KEPT_MS = 24 * 3600_000;
/** More than anybody has on their way at once; with all their parts a few MiB. */
const KEPT_MAX = 50;

/** An upload that the server knows of and that is not complete. */
export interface Begun {
  readonly fileId: FileId;
  readonly about: UploadAbout;
  readonly plan: Plan;
  readonly begunAt: number;
}

/** Uploads that a restart must not lose. All tabs share them; two that send the same parts do no harm. */
export class Unfinished {
  readonly #storage: ClientStorage;
  readonly #clock: Clock;
  readonly #warning: (what: string) => void;

  constructor(storage: ClientStorage, clock: Clock, warning: (what: string) => void) {
    this.#storage = storage;
    this.#clock = clock;
    this.#warning = warning;
  }

  /** The newest first; those that are too old or too many are forgotten. */
  async all(): Promise<Begun[]> {
    const rows = (await this.#storage.all("uploads")).map(([, value]) => value as Begun);
    const sorted = rows.sort((a, b) => b.begunAt - a.begunAt);
    const oldest = this.#clock.now() - KEPT_MS;
    const kept = sorted.filter(({ begunAt }, i) => i < KEPT_MAX && begunAt >= oldest);
    const dropped = sorted.filter((begun) => !kept.includes(begun));
    if (dropped.length > 0) {
      await this.#storage.write(dropped.map(({ fileId }) => ({ table: "uploads", key: fileId, remove: true })));
    }
    return kept;
  }

  /** A storage that is full keeps nobody from sending: only a restart would have to send all of it again. */
  async put(begun: Begun): Promise<void> {
    try {
      await this.all();
      await this.#storage.write([{ table: "uploads", key: begun.fileId, value: begun }]);
    } catch (error) {
      this.#warning(`uploads: ${String(error)}`);
    }
  }

  async remove(fileId: FileId): Promise<void> {
    try {
      await this.#storage.write([{ table: "uploads", key: fileId, remove: true }]);
    } catch (error) {
      this.#warning(`uploads: ${String(error)}`);
    }
  }
}
