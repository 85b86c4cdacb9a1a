import type { Clock } from "@parley/protocol";
import { BACKUP, BACKUP_DEEDS } from "../store/keys.ts";
import type { Kv } from "../store/kv.ts";

/** The mark of a backup that died goes by itself after this, and deeds are no longer written down twice. */
const MARK_SECONDS = 120;
const RENEW_MS = 30_000;

/** In a store that is read key after key: as long as it is there, deeds that end leave their intents in a list. */
export class Mark {
  readonly #store: Kv;
  #cancel: () => void = () => {};

  private constructor(store: Kv) {
    this.#store = store;
  }

  /** Throws when another backup is being made. */
  static async set(store: Kv, clock: Clock): Promise<Mark> {
    const mark = new Mark(store);
    if (!(await store.setNx(BACKUP, String(clock.now()), MARK_SECONDS))) {
      throw new Error("Another backup of this store is being made, or one broke off less than two minutes ago.");
    }
    await store.delete(BACKUP_DEEDS);
    mark.#renewLater(clock);
    return mark;
  }

  async remove(): Promise<void> {
    this.#cancel();
    await this.#store.delete(BACKUP);
    await this.#store.delete(BACKUP_DEEDS);
  }

  #renewLater(clock: Clock): void {
    this.#cancel = clock.after(RENEW_MS, () => {
      void this.#store.expire(BACKUP, MARK_SECONDS).catch(() => {});
      this.#renewLater(clock);
    });
  }
}
