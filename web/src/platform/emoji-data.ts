import dataUrl from "emojibase-data/en/data.json?url";
import shortcodesUrl from "emojibase-data/en/shortcodes/github.json?url";
import type { EmojiEntry } from "../model/emojis.ts";

/** Newer ones are boxes on phones and desktops that are some years old. */
const VERSION_MAX = 15;
/** Not for people: letters of flags, and skin tones by themselves. */
const COMPONENTS = 2;

interface Emoji {
  readonly hexcode: string;
  readonly emoji: string;
  readonly label: string;
  readonly tags?: readonly string[];
  readonly group?: number;
  readonly version: number;
  /** One for each skin tone, the lightest first; more for two people. */
  readonly skins?: readonly { readonly emoji: string; readonly tone: number | readonly number[] }[];
}

/** From our own site, once somebody looks for an emoji: two files of a hundred kilobytes. */
export async function loadEmojiData(): Promise<readonly EmojiEntry[]> {
  const [data, shortcodes] = await Promise.all([
    json<readonly Emoji[]>(dataUrl),
    json<Readonly<Record<string, string | readonly string[]>>>(shortcodesUrl),
  ]);
  return data.flatMap(({ hexcode, emoji, label, tags = [], group, version, skins = [] }): EmojiEntry[] => {
    if (group === undefined || group === COMPONENTS || version > VERSION_MAX) return [];
    const codes = shortcodes[hexcode] ?? shortcodes[hexcode.replaceAll("-FE0F", "")] ?? [];
    const tones = skins.flatMap((skin) => (typeof skin.tone === "number" ? [skin.emoji] : []));
    return [{ emoji, label, tags, group, shortcodes: typeof codes === "string" ? [codes] : codes, tones }];
  });
}

async function json<T>(url: string): Promise<T> {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`${url}: ${answer.status}`);
  return (await answer.json()) as T;
}
