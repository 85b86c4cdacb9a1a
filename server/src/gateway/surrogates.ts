/** How JSON writes half of a surrogate pair, or a whole one; unescaped halves do not come through UTF-8. */
const ESCAPED = /\\u[dD][89a-fA-F]/;
const LONE = /\p{Surrogate}/u;

/**
 * Whether a text in `value`, which was parsed from `json`, holds half of a surrogate pair. No UTF-8 can carry it: readers in
 * languages whose texts are UTF-8 refuse the whole page that has one, so one message would close a chat to them.
 */
export function holdsLoneSurrogate(json: string, value: unknown): boolean {
  if (!ESCAPED.test(json)) return false;
  // No recursion: what is nested in fields that nobody knows may be as deep as a message is long.
  const left: unknown[] = [value];
  while (left.length > 0) {
    const next = left.pop();
    if (typeof next === "string" && LONE.test(next)) return true;
    if (typeof next === "object" && next !== null) {
      for (const [key, item] of Object.entries(next)) left.push(key, item);
    }
  }
  return false;
}
