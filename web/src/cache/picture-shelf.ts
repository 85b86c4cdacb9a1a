import { openTable } from "./tables.ts";

/** At most 175 MB, mostly far less: faces are small. Beyond, an eighth is forgotten, whichever comes first. */
const KEPT_MAX = 2_000;

/** Avatars by hash. Without a table pictures are forgotten with the page. */
export class KeptPictures {
  readonly #table: LocalForage | null;

  constructor(storable: boolean) {
    this.#table = storable ? openTable("pictures") : null;
  }

  async read(hash: string): Promise<string | undefined> {
    return (await this.#table?.getItem<string>(hash).catch(() => null)) ?? undefined;
  }

  async write(hash: string, data: string): Promise<void> {
    try {
      await this.#table?.setItem(hash, data);
      const count = (await this.#table?.length()) ?? 0;
      if (count <= KEPT_MAX) return;
      const keys = (await this.#table?.keys()) ?? [];
      await Promise.all(keys.slice(0, KEPT_MAX / 8).map((key) => this.#table?.removeItem(key)));
    } catch {
      // A full disk: the picture is fetched again another time.
    }
  }

  async clear(): Promise<void> {
    await this.#table?.clear();
  }
}
