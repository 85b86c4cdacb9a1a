import type { ClientId } from "../ids.ts";
import type { Result } from "../requests.ts";
import type { TextBody } from "../schema/message.ts";
import type { ClientStorage, StorageChange } from "./storage.ts";
import type { OutboxEntry } from "./view.ts";

/** What is kept of an own message for a day, in case the store loses it (SPEC S9). */
export interface SentRecord extends Result<"message.send"> {
  readonly entry: OutboxEntry;
}

/** Removed entries that a read of the storage, begun before, may still bring: as many as an outbox can hold. */
const GONE_MAX = 1_000;

/**
 * The entries of the outbox, in memory and in the storage. A storage that is full must not keep anybody from writing:
 * this process goes on from memory then.
 */
export class OutboxShelf {
  readonly #storage: ClientStorage;
  readonly #warning: (what: string) => void;
  readonly #entries = new Map<ClientId, OutboxEntry>();
  readonly #unwritten = new Set<ClientId>();
  readonly #found = new Set<ClientId>();
  readonly #gone = new Set<ClientId>();

  constructor(storage: ClientStorage, warning: (what: string) => void) {
    this.#storage = storage;
    this.#warning = warning;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(clientId: ClientId): OutboxEntry | undefined {
    return this.#entries.get(clientId);
  }

  /** In the order of writing. */
  inOrder(): OutboxEntry[] {
    return [...this.#entries.values()].sort((a, b) => a.order - b.order || (a.clientId < b.clientId ? -1 : 1));
  }

  /** Only then may it be sent: its acknowledgement must not come before what tells of it. */
  isWritten({ clientId }: OutboxEntry): boolean {
    return !this.#unwritten.has(clientId);
  }

  /** An earlier process may have sent it, and heard what became of it since. */
  wasFound({ clientId }: OutboxEntry): boolean {
    return this.#found.has(clientId);
  }

  nextOrder(): number {
    return Math.max(0, ...[...this.#entries.values()].map(({ order }) => order)) + 1;
  }

  /** Takes over what the storage holds; answers what was not known here. */
  async load(): Promise<OutboxEntry[]> {
    const stored = (await this.#storage.all("outbox")).map(([, value]) => entryOf(value));
    const fresh = stored.filter(({ clientId }) => !this.#entries.has(clientId) && !this.#gone.has(clientId));
    for (const entry of fresh) {
      this.#entries.set(entry.clientId, entry);
      this.#found.add(entry.clientId);
    }
    return fresh;
  }

  /** What another tab has written. */
  async loadOne(clientId: ClientId): Promise<OutboxEntry | undefined> {
    const value = await this.#storage.get("outbox", clientId);
    if (value === undefined || this.#gone.has(clientId)) return undefined;
    const entry = entryOf(value);
    this.#entries.set(clientId, entry);
    return entry;
  }

  /** Held at once, so that two entries of one turn get two places; resolves when they are written. */
  async put(entries: readonly OutboxEntry[]): Promise<void> {
    for (const entry of entries) {
      this.#gone.delete(entry.clientId);
      this.#entries.set(entry.clientId, entry);
      this.#unwritten.add(entry.clientId);
    }
    await this.#persist(entries.map((entry) => ({ table: "outbox", key: entry.clientId, value: entry })));
    for (const { clientId } of entries) this.#unwritten.delete(clientId);
  }

  /** The record first: a crash in between sends once more, and the server answers with the same seq. */
  async acknowledged(record: SentRecord): Promise<void> {
    const { clientId } = record.entry;
    await this.#persist([
      { table: "sent", key: clientId, value: record },
      { table: "outbox", key: clientId, remove: true },
    ]);
    this.forget(clientId);
  }

  async remove(clientId: ClientId): Promise<void> {
    await this.#persist([{ table: "outbox", key: clientId, remove: true }]);
    this.forget(clientId);
  }

  /** It was removed from the storage, here or by another tab. */
  forget(clientId: ClientId): void {
    this.#entries.delete(clientId);
    this.#found.delete(clientId);
    this.#gone.add(clientId);
    const [oldest] = this.#gone;
    if (oldest !== undefined && this.#gone.size > GONE_MAX) this.#gone.delete(oldest);
  }

  async #persist(changes: readonly StorageChange[]): Promise<void> {
    try {
      await this.#storage.write(changes);
    } catch (error) {
      this.#warning(`outbox: ${String(error)}`);
    }
  }
}

/** Rows written by a version that sent texts alone have their body in place of the content. */
type StoredEntry = OutboxEntry | (Omit<OutboxEntry, "content"> & { readonly body: TextBody });

export function entryOf(stored: unknown): OutboxEntry {
  const entry = stored as StoredEntry;
  if ("content" in entry) return entry;
  const { body, ...rest } = entry;
  return { ...rest, content: { kind: "text", body } };
}
