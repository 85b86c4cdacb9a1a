import localforage from "localforage";

/** One IndexedDB database a table: opening a further store in a database that another tab holds open would wait for that tab. */
export function openTable(name: string): LocalForage {
  return localforage.createInstance({ name: `parley-${name}`, storeName: "entries", driver: localforage.INDEXEDDB });
}

/** Some private windows have IndexedDB but let nobody write. */
export async function canStore(): Promise<boolean> {
  try {
    const probe = openTable("probe");
    await probe.setItem("probe", 1);
    return (await probe.getItem("probe")) === 1;
  } catch {
    return false;
  }
}
