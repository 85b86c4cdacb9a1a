import { type Kv, type ListLook, type ListPlace, LOOK_BYTES } from "./kv.ts";

/** `listLooks` of a store that has nothing shorter for it. */
export function lookAtEach(
  store: Pick<Kv, "listLength" | "listGet">,
  places: readonly ListPlace[],
): Promise<ListLook[]> {
  return Promise.all(
    places.map(async ({ key, index }) => {
      const [length, entry] = await Promise.all([
        store.listLength(key),
        index === undefined ? null : store.listGet(key, index),
      ]);
      return { length, start: entry === null ? null : startOf(entry) };
    }),
  );
}

function startOf(entry: string): string {
  return Buffer.from(entry).toString("utf8", 0, LOOK_BYTES);
}
