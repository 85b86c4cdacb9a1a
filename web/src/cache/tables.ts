import localforage from "localforage";

/**
 * One IndexedDB database a table: opening a further store in a database that another tab holds open would wait for that tab.
 * It is opened at once, beside the others and not when it is first asked.
 */
export function openTable(name: string): LocalForage {
  const table = localforage.createInstance({
    name: `parley-${name}`,
    storeName: "entries",
    driver: localforage.INDEXEDDB,
  });
  // Whoever asks it is told.
  table.ready().catch(() => {});
  return table;
}
