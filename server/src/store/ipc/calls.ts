import type { Kv } from "../kv.ts";

export const STORE_TOPIC = "store";

/** All writes, and the reads that may have to wait behind one. */
const FORWARDED = [
  "get",
  "set",
  "setNx",
  "delete",
  "exists",
  "expire",
  "increment",
  "hashSet",
  "hashSetMany",
  "hashSetNx",
  "hashGet",
  "hashGetMany",
  "hashGetAll",
  "hashPairs",
  "hashDelete",
  "hashIncrement",
  "hashLength",
  "listPush",
  "listLength",
  "listRange",
  "listRangeBytes",
  "listTail",
  "listGet",
  "listSet",
  "setAdd",
  "setRemove",
  "setHas",
  "setLength",
  "sortedAdd",
  "sortedRemove",
  "sortedScore",
  "sortedLength",
  "sortedRange",
  "sortedNewest",
  "sortedRemoveRange",
  "appendOnce",
  "appendIf",
] as const satisfies readonly (keyof Kv)[];
export type Forwarded = (typeof FORWARDED)[number];

export type StoreCall = readonly [method: string, args: readonly unknown[]];

const NAMES: ReadonlySet<string> = new Set(FORWARDED);

export function isForwarded(method: string): method is Forwarded {
  return NAMES.has(method);
}

/** Answers what the method answers. */
export function callStore<M extends Forwarded>(store: Kv, method: M, args: readonly unknown[]): ReturnType<Kv[M]> {
  const call = store[method] as (...args: readonly unknown[]) => ReturnType<Kv[M]>;
  return call.apply(store, [...args]);
}
