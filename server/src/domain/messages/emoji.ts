const segmenter = new Intl.Segmenter("en", { granularity: "grapheme" });

/** Letters and digits of the tags that name a region: the flag of Scotland. */
const TAGS = "[\\u{E0030}-\\u{E0039}\\u{E0061}-\\u{E007A}]{2,6}\\u{E007F}";
const PICTURE = `\\p{Extended_Pictographic}(?:\\uFE0F|\\p{Emoji_Modifier})?(?:${TAGS})?`;
const SEQUENCE = new RegExp(`^${PICTURE}(?:\\u200D${PICTURE})*$`, "u");
/** What makes it a picture and no text: © and ❤ alone are letters. Reserved code points are emoji of a later Unicode. */
const COLOURED = /\p{Emoji_Presentation}|\p{Emoji_Modifier}|\uFE0F|(?=\p{Cn})\p{Extended_Pictographic}/u;
const KEYCAP = /^[0-9#*]\uFE0F\u20E3$/u;
/** Any two letters: which of them are flags changes with the world. */
const FLAG = /^\p{Regional_Indicator}{2}$/u;

/** Whether a text is one emoji, as Unicode Technical Standard 51 has it: with skin tone, joiners, flags and keycaps. */
export function isEmoji(text: string): boolean {
  if (KEYCAP.test(text) || FLAG.test(text)) return true;
  if (!SEQUENCE.test(text) || !COLOURED.test(text)) return false;
  return [...segmenter.segment(text)].length === 1;
}
