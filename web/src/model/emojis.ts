import { makeAutoObservable, observableRef, runInAction } from "mobx";

export interface EmojiEntry {
  readonly emoji: string;
  readonly label: string;
  /** Words that find it. */
  readonly tags: readonly string[];
  /** Index into the groups of Unicode: smileys, people, components, animals, food, travel, activities, objects ... */
  readonly group: number;
  /** Without their colons. */
  readonly shortcodes: readonly string[];
  /** The five skin tones, the lightest first; empty where it has none. */
  readonly tones: readonly string[];
}

/** As many as are read at a glance. */
const OFFERED_MAX = 8;

/** The emoji that there are, fetched when somebody looks for one. */
export class Emojis {
  /** Null until they are there. */
  list: readonly EmojiEntry[] | null = null;
  failed = false;
  #loading = false;
  readonly #load: () => Promise<readonly EmojiEntry[]>;

  constructor(load: () => Promise<readonly EmojiEntry[]>) {
    this.#load = load;
    makeAutoObservable(this, { list: observableRef });
  }

  async load(): Promise<void> {
    if (this.list !== null || this.#loading) return;
    this.#loading = true;
    this.failed = false;
    try {
      const list = await this.#load();
      runInAction(() => {
        this.list = list;
      });
    } catch {
      runInAction(() => {
        this.failed = true;
      });
    } finally {
      this.#loading = false;
    }
  }

  /** Those with a shortcode that begins so, then those in which it stands inside; the shortest first. */
  offered(text: string): readonly { readonly code: string; readonly emoji: string }[] {
    const found: { readonly code: string; readonly emoji: string; readonly rank: number }[] = [];
    for (const { emoji, shortcodes } of this.list ?? []) {
      const ranked = shortcodes.map((code) => ({ code, emoji, rank: rankOf(code, text) }));
      const best = ranked.filter(({ rank }) => rank < Number.POSITIVE_INFINITY).sort((a, b) => a.rank - b.rank)[0];
      if (best !== undefined) found.push(best);
    }
    return found.sort((a, b) => a.rank - b.rank || (a.code < b.code ? -1 : 1)).slice(0, OFFERED_MAX);
  }

  exactly(code: string): string | undefined {
    return this.list?.find(({ shortcodes }) => shortcodes.includes(code))?.emoji;
  }
}

function rankOf(code: string, text: string): number {
  const at = code.indexOf(text);
  if (at < 0) return Number.POSITIVE_INFINITY;
  return code === text ? 0 : (at === 0 ? 100 : 200) + code.length;
}
