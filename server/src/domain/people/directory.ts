import { canonicalHandle, limits, type Params, type UserCard, type UserId } from "@parley/protocol";
import { readCard, readCards } from "../../records/user-record.ts";
import { handleKey, handlePrefix } from "../../store/keys.ts";
import type { Kv } from "../../store/kv.ts";

/** How many letters of a handle name its index; a search needs as many. */
export const PREFIX_LETTERS = 2;

/** Bits of a score: a double holds 53, and both ends of a range must be exact. */
const SCORE_BITS = 52;
const ASCII = "abcdefghijklmnopqrstuvwxyz0123456789_.-#";
/** Handles that share the ten letters a score can tell apart are told apart here; more of them than this are not found by prefix. */
const SAME_SCORE_MAX = 200;

export class Directory {
  readonly #store: Kv;

  constructor(store: Kv) {
    this.#store = store;
  }

  async find(params: Params<"user.find">): Promise<UserCard[]> {
    if ("handle" in params) {
      const card = await this.#byHandle(canonicalHandle(params.handle));
      return card === null ? [] : [card];
    }
    return this.#byPrefix(canonicalHandle(params.prefix));
  }

  /** Unknown ids are left out. */
  get(userIds: readonly UserId[]): Promise<UserCard[]> {
    return readCards(this.#store, [...new Set(userIds)]);
  }

  async #byHandle(handle: string): Promise<UserCard | null> {
    const userId = await this.#store.get(handleKey(handle));
    if (userId === null) return null;
    const card = await readCard(this.#store, userId);
    return card?.handle === handle ? card : null;
  }

  async #byPrefix(prefix: string): Promise<UserCard[]> {
    const letters = [...prefix];
    if (letters.length < PREFIX_LETTERS) return [];
    const key = handlePrefix(letters.slice(0, PREFIX_LETTERS).join(""));
    const [from, to] = scoreRange(prefix);
    const found = await this.#store.sortedRange(key, from, to, SAME_SCORE_MAX);
    const handles = found.filter((handle) => handle.startsWith(prefix)).slice(0, limits.FIND_MAX);
    const cards = await Promise.all(handles.map((handle) => this.#byHandle(handle)));
    return cards.filter((card) => card !== null);
  }
}

/** Place of a handle among those with the same first letters: its further letters, packed. */
export function directoryScore(handle: string): number {
  return scoreRange(handle)[0];
}

/** Scores of all handles that begin with `prefix`. */
function scoreRange(prefix: string): readonly [from: number, to: number] {
  let bits = "";
  for (const letter of [...prefix].slice(PREFIX_LETTERS)) bits += codeOf(letter);
  bits = bits.slice(0, SCORE_BITS);
  return [Number.parseInt(bits.padEnd(SCORE_BITS, "0"), 2), Number.parseInt(bits.padEnd(SCORE_BITS, "1"), 2)];
}

/** No code begins another one, so that a longer handle lies in the range of its prefix. */
function codeOf(letter: string): string {
  const place = ASCII.indexOf(letter);
  if (place >= 0) return (place + 1).toString(2).padStart(6, "0");
  return `111111${(letter.codePointAt(0) ?? 0).toString(2).padStart(21, "0")}`;
}
