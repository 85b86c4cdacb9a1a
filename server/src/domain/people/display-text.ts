/** Marks that turn the direction of what follows, also beyond the name: U+061C, U+200E, U+200F, U+202A to 202E, U+2066 to 2069. */
const TURNING = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;
/** What shows nothing by itself, but for joiners, variants and tags, of which emoji and some scripts are made. */
const NOTHING = /(?!\u200c|\u200d|[\ufe00-\ufe0f]|[\u{e0020}-\u{e007f}])\p{Default_Ignorable_Code_Point}|\u2800/gu;
/** Controls, lone surrogates, and ends of lines and paragraphs. */
const CONTROLS = /[\p{Cc}\p{Cs}\u2028\u2029]/gu;
const CONTROLS_BUT_NEWLINE = /[^\P{Cc}\n]|[\p{Cs}\u2028\u2029]/gu;
/** Joiners and marks alone show nothing. */
const VISIBLE = /[^\p{White_Space}\p{Cf}\p{Default_Ignorable_Code_Point}\p{M}]/u;

/**
 * A line that people see beside what others wrote: nothing in it may turn, hide or imitate what stands around it. Empty
 * when nothing would be seen.
 */
export function displayLine(text: string): string {
  const line = text.replace(CONTROLS, " ").replace(TURNING, "").replace(NOTHING, "").replace(/\s+/gu, " ").trim();
  return VISIBLE.test(line) ? line : "";
}

/** The same for several lines. */
export function displayText(text: string): string {
  const lines = text
    .replace(/\r\n?/gu, "\n")
    .replace(CONTROLS_BUT_NEWLINE, " ")
    .replace(TURNING, "")
    .replace(NOTHING, "");
  const trimmed = lines.replace(/\n{3,}/gu, "\n\n").trim();
  return VISIBLE.test(trimmed) ? trimmed : "";
}
