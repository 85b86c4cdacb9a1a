/**
 * Where a client keeps what must survive a reload. Values are plain JSON. All tabs of a browser share one storage.
 *
 * `meta`      small single records: session, cursor, pins, tickets, lease
 * `chats`     chatId -> state and cached window of one chat
 * `messages`  chatId:page -> up to 64 consecutive entries of its log
 * `outbox`    clientId -> a message that waits for its acknowledgement
 * `sent`      clientId -> own message of the last 24 hours, to repair a store that lost its tail
 * `wishes`    subject -> preferences, drafts and settings that the server does not have yet
 * `uploads`   fileId -> a file that is on its way to the object store
 */
export type StorageTable = "meta" | "chats" | "messages" | "outbox" | "sent" | "wishes" | "uploads";

export const STORAGE_TABLES: readonly StorageTable[] = [
  "meta",
  "chats",
  "messages",
  "outbox",
  "sent",
  "wishes",
  "uploads",
];

export type StorageChange =
  | { readonly table: StorageTable; readonly key: string; readonly value: unknown }
  | { readonly table: StorageTable; readonly key: string; readonly remove: true };

export interface ClientStorage {
  /** Undefined when there is none. */
  get(table: StorageTable, key: string): Promise<unknown>;
  /** Everything of one table; asked of `chats`, `outbox`, `sent`, `wishes` and `uploads` only, never of `messages`. */
  all(table: StorageTable): Promise<ReadonlyArray<readonly [key: string, value: unknown]>>;
  /** Applies the changes in this order. A crash may leave a prefix of them; nothing else. */
  write(changes: readonly StorageChange[]): Promise<void>;
  /** Removes everything of one table. */
  clearTable(table: StorageTable): Promise<void>;
}

/** For bots, tests and pages without IndexedDB: forgets everything with the process. */
export function memoryStorage(): ClientStorage {
  const tables = new Map<StorageTable, Map<string, string>>();
  const table = (name: StorageTable) => {
    const found = tables.get(name) ?? new Map<string, string>();
    tables.set(name, found);
    return found;
  };
  return {
    async get(name, key) {
      const text = table(name).get(key);
      return text === undefined ? undefined : JSON.parse(text);
    },
    async all(name) {
      return [...table(name)].map(([key, text]) => [key, JSON.parse(text)] as const);
    },
    async write(changes) {
      for (const change of changes) {
        if ("remove" in change) table(change.table).delete(change.key);
        else table(change.table).set(change.key, JSON.stringify(change.value));
      }
    },
    async clearTable(name) {
      tables.delete(name);
    },
  };
}
