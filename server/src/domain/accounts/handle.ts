import { canonicalHandle, limits, ReplyError } from "@parley/protocol";

/** Scripts in everyday use (UAX 31, table 5). Writing systems that mix some of them count as one script. */
const SCRIPTS: readonly (readonly string[])[] = [
  ...["Latin", "Arabic", "Armenian", "Bengali", "Cyrillic", "Devanagari", "Ethiopic", "Georgian", "Greek", "Gujarati"],
  ...["Gurmukhi", "Hebrew", "Kannada", "Khmer", "Lao", "Malayalam", "Myanmar", "Oriya", "Sinhala", "Tamil", "Telugu"],
  ...["Thaana", "Thai", "Tibetan"],
].map((script) => [script]);
const MIXED_SCRIPTS: readonly (readonly string[])[] = [
  ["Han", "Hiragana", "Katakana"],
  ["Han", "Hangul"],
  ["Han", "Bopomofo"],
];

/** Letters and marks of one script, ASCII digits anywhere: digits of other scripts look like letters of a third. */
const ONE_SCRIPT = [...SCRIPTS, ...MIXED_SCRIPTS].map((scripts) => {
  const letters = scripts.map((script) => `\\p{Script=${script}}`).join("");
  return new RegExp(`^(?:(?=[\\p{L}\\p{M}])[${letters}]|[0-9])+$`, "u");
});

const INSIDE = /[_.-]/g;
const SHAPE = /^(?<name>[\p{L}\p{M}0-9_.-]+)(?:#[0-9]{3,6})?$/u;
const ENDS = /^[\p{L}0-9](?:.*[\p{L}\p{M}0-9])?$/u;

/** Cyrillic and Greek letters that are drawn like Latin ones: a handle of nothing else passes for another one. */
const LATIN_LOOK_ALIKES = /^[асԁеһіјӏорԛѕυѵԝхуοναικρτ0-9]+$/u;

/**
 * The canonical form of a handle that may be registered: 3 to 32 letters and digits of one script, `_ . -` inside,
 * and a tag `#` with 3 to 6 digits if wanted. Throws `HANDLE_INVALID`.
 */
export function registrableHandle(handle: string): string {
  const canonical = canonicalHandle(handle);
  const name = SHAPE.exec(canonical)?.groups?.name;
  if (name === undefined || !ENDS.test(name)) throw new ReplyError("HANDLE_INVALID");
  const length = [...name].length;
  if (length < limits.HANDLE_MIN || length > limits.HANDLE_MAX) throw new ReplyError("HANDLE_INVALID");
  const letters = name.replace(INSIDE, "");
  if (!ONE_SCRIPT.some((script) => script.test(letters))) throw new ReplyError("HANDLE_INVALID");
  if (LATIN_LOOK_ALIKES.test(letters) && !/^[0-9]+$/.test(letters)) throw new ReplyError("HANDLE_INVALID");
  return canonical;
}
