import type { UserId } from "../ids.ts";
import { SETTINGS_KEY } from "./own-settings.ts";
import { CacheReader } from "./replica/cache-reader.ts";
import type { ClientStorage } from "./storage.ts";
import { type Kept, loadCursor } from "./workspace.ts";

/** A storage belongs to one user at a time; what is not of a user (pins) stays. */
const OF_A_USER = ["chats", "messages", "outbox", "sent", "wishes", "uploads"] as const;
const KEY = "owner";

/** Empties the storage if it belongs to somebody else. The owner is written last: a crash in between empties it again. */
export async function claimStorage(storage: ClientStorage, userId: UserId): Promise<void> {
  if ((await storage.get("meta", KEY)) === userId) return;
  await clearStorage(storage);
  await storage.write([{ table: "meta", key: KEY, value: userId }]);
}

/** The cursor first: without it the rest is fetched anew, with it and nothing else much would be missing. */
export async function clearStorage(storage: ClientStorage): Promise<void> {
  await storage.write([
    { table: "meta", key: "cursor", remove: true },
    { table: "meta", key: SETTINGS_KEY, remove: true },
    { table: "meta", key: KEY, remove: true },
  ]);
  for (const table of OF_A_USER) await storage.clearTable(table);
}

export async function readKept(storage: ClientStorage): Promise<Kept> {
  const [chats, cursor] = await Promise.all([new CacheReader(storage).chats(), loadCursor(storage)]);
  return { chats, cursor };
}
