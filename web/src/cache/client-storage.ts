import type { ClientStorage, StorageTable } from "@parley/protocol/client";
import { STORAGE_TABLES } from "@parley/protocol/client";
import { openTable } from "./tables.ts";

/** The client library's storage in IndexedDB; the library itself bounds what it keeps of each chat. */
export function clientStorage(): ClientStorage {
  const tables = new Map<StorageTable, LocalForage>(STORAGE_TABLES.map((name) => [name, openTable(name)]));
  const table = (name: StorageTable): LocalForage => {
    const found = tables.get(name);
    if (found === undefined) throw new Error(`There is no table ${name}.`);
    return found;
  };
  return {
    async get(name, key) {
      return (await table(name).getItem<unknown>(key)) ?? undefined;
    },
    async all(name) {
      const entries: [string, unknown][] = [];
      await table(name).iterate<unknown, void>((value, key) => {
        entries.push([key, value]);
      });
      return entries;
    },
    async write(changes) {
      // One after the other: a crash leaves a prefix, which is what the library can repair.
      for (const change of changes) {
        if ("remove" in change) await table(change.table).removeItem(change.key);
        else await table(change.table).setItem(change.key, change.value);
      }
    },
    async clearTable(name) {
      await table(name).clear();
    },
  };
}
