import { RESTORING, SCHEMA } from "./keys.ts";
import type { Kv } from "./kv.ts";

/**
 * The form of what Parley keeps in a store, counted up when an older program could not read what a newer one wrote. How the embedded
 * store lays out its file is a number of its own (lmdb/environment.ts).
 */
export const SCHEMA_VERSION = 1;

/**
 * Brings a store to the next form. Several nodes may do it at once, and each any number of times, also after one that died in the
 * middle: every step finds what it has done. Nodes of the version before may still be serving.
 */
export interface Migration {
  /** The form that the store has afterwards. */
  readonly to: number;
  run(store: Kv): Promise<void>;
}

/** In their order. Form 1 is the first: a store that says nothing has it. */
const MIGRATIONS: readonly Migration[] = [];

/** Throws what the operator should read. Answers the forms that it brought the store to. */
export async function settleSchema(
  store: Kv,
  now: number,
  { version = SCHEMA_VERSION, migrations = MIGRATIONS }: { version?: number; migrations?: readonly Migration[] } = {},
): Promise<readonly number[]> {
  if (await store.exists(RESTORING)) {
    throw new Error(
      "A backup was being restored into this store and did not get to its end. Empty the store, or take another data folder, and restore again.",
    );
  }
  const found = await schemaOf(store);
  if (found > version) {
    throw new Error(
      `The store has form ${found}, written by a newer Parley; this one knows form ${version} and would misread it. Use the newer one, or restore a backup of before.`,
    );
  }
  const done: number[] = [];
  for (const migration of migrations) {
    if (migration.to <= found || migration.to > version) continue;
    await migration.run(store);
    await store.hashSetNx(SCHEMA, String(migration.to), String(now));
    done.push(migration.to);
  }
  await store.hashSetNx(SCHEMA, String(version), String(now));
  return done;
}

/** 1 where nothing was written down: stores of before there was a number. */
async function schemaOf(store: Pick<Kv, "hashGetAll">): Promise<number> {
  return Math.max(1, ...Object.keys(await store.hashGetAll(SCHEMA)).map(Number));
}
