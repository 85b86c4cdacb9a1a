/** A stretch of a message's text. */
export type TextRun =
  | { readonly kind: "plain"; readonly text: string }
  | { readonly kind: "link"; readonly text: string; readonly href: string };

/** Candidates only; the URL parser decides. `javascript:` and the like are never candidates. */
const LINK = /\b(?:https?:\/\/|www\.)[^\s<>"'`]+/giu;
/** Closes the sentence, not the address. */
const TRAILING = new Set(".,;:!?…*_~'\"»”’]}");
/** A message is at most 16 KiB; beyond this many links it is noise, and the rest stays plain. */
const LINKS_MAX = 100;

/** Finds the links of a text. All runs together are the text, character for character. */
export function toRuns(text: string): readonly TextRun[] {
  const runs: TextRun[] = [];
  let done = 0;
  let links = 0;
  for (const match of text.matchAll(LINK)) {
    if (links === LINKS_MAX) break;
    const shown = trimmed(match[0]);
    const href = toHref(shown);
    if (href === null) continue;
    if (match.index > done) runs.push({ kind: "plain", text: text.slice(done, match.index) });
    runs.push({ kind: "link", text: shown, href });
    links += 1;
    done = match.index + shown.length;
  }
  if (done < text.length) runs.push({ kind: "plain", text: text.slice(done) });
  return runs;
}

/** Without the punctuation and the closing brackets that belong to the sentence around. One pass: texts come from strangers. */
function trimmed(candidate: string): string {
  let unpaired = count(candidate, ")") - count(candidate, "(");
  let end = candidate.length;
  for (; end > 0; end -= 1) {
    const character = candidate.charAt(end - 1);
    if (character === ")" && unpaired > 0) unpaired -= 1;
    else if (!TRAILING.has(character)) break;
  }
  return candidate.slice(0, end);
}

function count(text: string, character: string): number {
  return text.split(character).length - 1;
}

/** Null for what is no address of these protocols. */
export function toHref(text: string, protocols: readonly string[] = ["https:", "http:"]): string | null {
  try {
    const url = new URL(text.startsWith("www.") || text.startsWith("WWW.") ? `https://${text}` : text);
    // A name and password in an address only ever serve to deceive: https://bank.example@evil.example/
    return protocols.includes(url.protocol) && url.username === "" && url.password === "" ? url.href : null;
  } catch {
    return null;
  }
}

const EMOJI_ONLY = /^(?:\p{Extended_Pictographic}|\p{Emoji_Modifier}|\p{Regional_Indicator}|\u200d|\ufe0f|\s)+$/u;

/** One to three emoji and nothing else are shown large. */
export function isFewEmoji(text: string): boolean {
  if (text.length > 60 || !EMOJI_ONLY.test(text)) return false;
  const graphemes = [...new Intl.Segmenter().segment(text.replace(/\s/g, ""))].length;
  return graphemes > 0 && graphemes <= 3;
}
