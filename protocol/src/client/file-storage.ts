import { type FileHandle, mkdir, open, readFile, rename, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import type { ClientStorage, StorageChange, StorageTable } from "./storage.ts";

/** The journal is rewritten when it has this many lines more than there are records. */
const SLACK_LINES = 10_000;

type Tables = Map<StorageTable, Map<string, unknown>>;
type Line = StorageChange | { readonly clear: StorageTable };

/**
 * One file for a bot or a command-line client: a journal of changes, read whole at start. A torn last line is the crash
 * that cut it, and is dropped. Readable by its owner alone, since it holds the session.
 */
export async function fileStorage(path: string): Promise<ClientStorage & { close(): Promise<void> }> {
  await mkdir(dirname(path), { recursive: true });
  const tables = replay(await readFile(path, "utf8").catch(noFile));
  let lines = 0;
  let file: FileHandle = await compact(path, tables);
  let last: Promise<unknown> = Promise.resolve();

  const append = async (added: readonly Line[]): Promise<void> => {
    await file.appendFile(added.map((line) => `${JSON.stringify(line)}\n`).join(""));
    lines += added.length;
    if (lines <= SLACK_LINES) return;
    await file.close();
    file = await compact(path, tables);
    lines = 0;
  };
  const inTurn = (job: () => Promise<void>): Promise<void> => {
    const turn = last.then(job, job);
    last = turn.catch(() => {});
    return turn;
  };
  return {
    get: async (table, key) => structuredClone(tables.get(table)?.get(key)),
    all: async (table) => structuredClone([...(tables.get(table) ?? [])]),
    write(changes) {
      const own = structuredClone(changes);
      return inTurn(async () => {
        for (const change of own) apply(tables, change);
        await append(own);
      });
    },
    clearTable: (table) =>
      inTurn(async () => {
        tables.delete(table);
        await append([{ clear: table }]);
      }),
    close: () => inTurn(() => file.close()),
  };
}

function noFile(error: NodeJS.ErrnoException): string {
  if (error.code === "ENOENT") return "";
  throw error;
}

function replay(journal: string): Tables {
  const tables: Tables = new Map();
  // What follows the last newline is empty, or the torn line.
  for (const line of journal.split("\n").slice(0, -1)) apply(tables, JSON.parse(line) as Line);
  return tables;
}

function apply(tables: Tables, change: Line): void {
  if ("clear" in change) {
    tables.delete(change.clear);
    return;
  }
  const table = tables.get(change.table) ?? new Map<string, unknown>();
  tables.set(change.table, table);
  if ("remove" in change) table.delete(change.key);
  else table.set(change.key, change.value);
}

/** Writes a new journal beside the old one, then takes its name: a crash leaves one of the two whole. */
async function compact(path: string, tables: Tables): Promise<FileHandle> {
  const records = [...tables].flatMap(([table, rows]) => [...rows].map(([key, value]) => ({ table, key, value })));
  const fresh = `${path}.new`;
  await writeFile(fresh, records.map((record) => `${JSON.stringify(record)}\n`).join(""), { mode: 0o600, flush: true });
  await rename(fresh, path);
  return open(path, "a", 0o600);
}
