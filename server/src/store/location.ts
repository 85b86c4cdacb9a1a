import { join } from "node:path";

/** The embedded store, in the data folder. */
const FOLDER = "store";

/** Where the store is that these settings mean, as `StoreOptions` has it. */
export function storeLocation({ store, data }: { readonly store: string; readonly data: string }): string {
  return store === "" ? join(data, FOLDER) : store;
}
