import { handlePrefix } from "../../store/keys.ts";
import type { Kv } from "../../store/kv.ts";
import { directoryScore, PREFIX_LETTERS } from "../people/directory.ts";

const keyOf = (handle: string) => handlePrefix([...handle].slice(0, PREFIX_LETTERS).join(""));

/** For prefix search. Before the claim: an entry without one is passed over. */
export async function indexHandle(store: Kv, handle: string): Promise<void> {
  await store.sortedAdd(keyOf(handle), directoryScore(handle), handle);
}

/** While the claim stands, so that nobody else's entry is removed. */
export async function unindexHandle(store: Kv, handle: string): Promise<void> {
  await store.sortedRemove(keyOf(handle), handle);
}
