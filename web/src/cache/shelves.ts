import { openTable } from "./tables.ts";

/** What the models keep beside the library's storage, under one name each. */
export class Shelves {
  readonly #table: LocalForage | null;

  /** Without a table everything is forgotten with the page. */
  constructor(storable: boolean) {
    this.#table = storable ? openTable("shelves") : null;
  }

  shelf<T>(name: string): { read(): Promise<T | undefined>; write(value: T): Promise<void> } {
    const table = this.#table;
    return {
      async read() {
        return (await table?.getItem<T>(name).catch(() => null)) ?? undefined;
      },
      async write(value) {
        // A full disk must not stop anybody from writing; the value is in memory still.
        await table?.setItem(name, value).catch(() => {});
      },
    };
  }

  async clear(): Promise<void> {
    await this.#table?.clear();
  }
}

/** A value in localStorage: known before the first paint. */
export function quickShelf<T>(name: string): { read(): T | undefined; write(value: T): void } {
  return {
    read() {
      try {
        return JSON.parse(localStorage.getItem(name) ?? "null") ?? undefined;
      } catch {
        return undefined;
      }
    },
    write(value) {
      try {
        localStorage.setItem(name, JSON.stringify(value));
      } catch {
        // Forbidden or full: the choice holds for this page.
      }
    },
  };
}
