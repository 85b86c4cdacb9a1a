import type { KnownList, Kv, ListChange } from "./kv.ts";

/** `listChanges` of a store that has nothing shorter for it. */
export function changesOfEach(
  store: Pick<Kv, "listLength" | "listGet">,
  lists: readonly KnownList[],
  at: number,
): Promise<(ListChange | null)[]> {
  return Promise.all(
    lists.map(async (known) => {
      const { key, text } = known;
      const [length, entry] = await Promise.all([
        store.listLength(key),
        text === "" ? null : store.listGet(key, known.length - 1),
      ]);
      const same = text === "" || (entry !== null && has(entry, text, at));
      return length === known.length && same ? null : { length, same };
    }),
  );
}

function has(entry: string, text: string, at: number): boolean {
  return Buffer.from(entry).toString("latin1", at, at + text.length) === text;
}
