import type { Grounds, HashRead, Reads } from "./kv.ts";

/** Characters of grounds. More, as the long description of a group, is cheaper to read anew than to send along each time. */
const GROUNDS_MAX = 2_048;

/**
 * Passes reads on and keeps what they answered: who decided something from them decides the same for as long as the
 * store holds the same, and need not read it again to know that (`appendIf`).
 */
export class RecordedReads implements Reads {
  readonly #store: Reads;
  readonly #hashes = new Map<string, HashRead>();
  #isWhole = true;

  constructor(store: Reads) {
    this.#store = store;
  }

  /** Null: more was read than can be looked at once more, or something else than hashes that stay small. */
  get grounds(): Grounds | null {
    const text = JSON.stringify([...this.#hashes.values()]);
    return this.#isWhole && text.length <= GROUNDS_MAX ? { keys: [...this.#hashes.keys()], text } : null;
  }

  get(key: string): Promise<string | null> {
    this.#isWhole = false;
    return this.#store.get(key);
  }

  hashGet(key: string, field: string): Promise<string | null> {
    this.#isWhole = false;
    return this.#store.hashGet(key, field);
  }

  listRange(key: string, from: number, to: number): Promise<string[]> {
    this.#isWhole = false;
    return this.#store.listRange(key, from, to);
  }

  async hashGetMany(key: string, fields: readonly string[]): Promise<(string | null)[]> {
    const values = await this.#store.hashGetMany(key, fields);
    this.#keep(key, [fields, values.map((value) => value ?? false), false]);
    return values;
  }

  async hashGetAll(key: string): Promise<Record<string, string>> {
    const hash = await this.#store.hashGetAll(key);
    this.#keep(key, [Object.keys(hash), Object.values(hash), true]);
    return hash;
  }

  async hashPairs(key: string): Promise<readonly string[]> {
    const pairs = await this.#store.hashPairs(key);
    const [fields, values] = [pairs.filter((_, n) => n % 2 === 0), pairs.filter((_, n) => n % 2 === 1)];
    this.#keep(key, [fields, values, true]);
    return pairs;
  }

  /** Two reads of one hash may have seen it at two times. */
  #keep(key: string, read: HashRead): void {
    if (this.#hashes.has(key)) this.#isWhole = false;
    else this.#hashes.set(key, read);
  }
}
