import { STARS_MAX } from "../../limits.ts";
import type { ChatPrefs, Draft } from "../../schema/settings.ts";

/** A value of which the highest version counts. */
interface Versioned<T> {
  readonly value: T;
  readonly version: number;
}

/** As it is kept in the cache. */
export interface OwnFields {
  readonly prefs?: Versioned<ChatPrefs>;
  readonly draft?: Versioned<Draft>;
  readonly stars?: readonly number[];
}

/** What is wished here and not yet the server's: it is shown in place of what the server has. */
export interface OwnWishes {
  prefs?: ChatPrefs;
  draft?: Draft;
}

const NO_PREFS: Versioned<ChatPrefs> = { value: {}, version: 0 };
const NO_DRAFT: Versioned<Draft> = { value: { text: "" }, version: 0 };

/** What one user has of one chat on all devices: preferences, draft, stars. */
export class OwnState {
  readonly wishes: OwnWishes = {};
  #prefs: Versioned<ChatPrefs>;
  #draft: Versioned<Draft>;
  /** Stars by seq; version 0 when only known to be there. */
  readonly #stars: Map<number, { readonly on: boolean; readonly version: number }>;

  constructor({ prefs = NO_PREFS, draft = NO_DRAFT, stars = [] }: OwnFields = {}) {
    this.#prefs = prefs;
    this.#draft = draft;
    this.#stars = new Map(stars.map((seq) => [seq, { on: true, version: 0 }]));
  }

  get prefs(): ChatPrefs {
    return this.wishes.prefs ?? this.#prefs.value;
  }

  get draft(): Draft {
    return this.wishes.draft ?? this.#draft.value;
  }

  /** Ascending. */
  get stars(): readonly number[] {
    return [...this.#stars].flatMap(([seq, { on }]) => (on ? [seq] : [])).sort((a, b) => a - b);
  }

  get fields(): OwnFields {
    return { prefs: this.#prefs, draft: this.#draft, stars: this.stars };
  }

  /** The server never heard of them, and neither did this device since the store began anew. */
  reset(what: "prefs" | "draft"): void {
    if (what === "prefs" && this.#prefs.version === 0) this.#prefs = NO_PREFS;
    if (what === "draft" && this.#draft.version === 0) this.#draft = NO_DRAFT;
  }

  /** Each answers false when something newer is known. */
  setPrefs(value: ChatPrefs, version: number): boolean {
    if (version <= this.#prefs.version) return false;
    this.#prefs = { value, version };
    return true;
  }

  setDraft(value: Draft, version: number): boolean {
    if (version <= this.#draft.version) return false;
    this.#draft = { value, version };
    return true;
  }

  setStar(seq: number, on: boolean, version: number): boolean {
    const known = this.#stars.get(seq);
    if (known !== undefined && version <= known.version) return false;
    if (known === undefined && this.#stars.size >= 2 * STARS_MAX) return false;
    this.#stars.set(seq, { on, version });
    return true;
  }

  /** A list of them names it; a notice that says otherwise is newer. */
  knowStar(seq: number): boolean {
    if (this.#stars.has(seq)) return false;
    this.#stars.set(seq, { on: true, version: 0 });
    return true;
  }

  /** The store may have lost the newest versions: whatever comes next counts. */
  forgetVersions(): void {
    this.#prefs = { ...this.#prefs, version: 0 };
    this.#draft = { ...this.#draft, version: 0 };
    this.#stars.clear();
  }
}
