/** Number of avatar colours in the design. */
const TINTS = 8;

/** The same colour for the same id, everywhere and for ever. */
export function tintOf(id: string): number {
  // FNV-1a; its upper bits are the well mixed ones.
  let hash = 0x811c9dc5;
  for (let at = 0; at < id.length; at += 1) hash = Math.imul(hash ^ id.charCodeAt(at), 0x01000193);
  return (hash >>> 16) % TINTS;
}

/** One or two letters: of the first and the last word. */
export function initialsOf(name: string): string {
  const words = name.split(/[\s_.-]+/).filter((word) => /[\p{L}\p{N}]/u.test(word));
  const first = firstLetter(words[0] ?? name);
  return words.length > 1 ? first + firstLetter(words.at(-1) ?? "") : first;
}

function firstLetter(word: string): string {
  const letter = /[\p{L}\p{N}]/u.exec(word)?.[0] ?? [...word][0] ?? "";
  return letter.toLocaleUpperCase();
}
