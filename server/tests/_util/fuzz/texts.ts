import fc from "fast-check";

/** What texts of people are made of when somebody means harm, or has a strange keyboard. */
const PIECES = [
  "",
  " ",
  "\n",
  "\u0000",
  "\u0007",
  "\u007f",
  // Turns the direction of what follows; isolates; a mark that is not seen.
  "\u202e",
  "\u2066",
  "\u200e",
  // Nothing to see: zero width, a joiner, a byte order mark, a soft hyphen, an ideographic filler.
  "\u200b",
  "\u200d",
  "\ufeff",
  "\u00ad",
  "\u3164",
  // Halves of pairs, which no UTF-8 has.
  "\ud83d",
  "\udc4d",
  "\udfff\ud800",
  // Become longer, or another text, when they are normalised or their case is changed.
  "\ufdfa",
  "\u0130",
  "\u00df",
  "e\u0301",
  "\u1e9b\u0323",
  `z${"\u0351".repeat(40)}`,
  // Letters of other scripts that look like these.
  "\u0430dmin",
  "\u{1f468}\u200d\u{1f469}\u200d\u{1f467}",
  "\u{1f1e9}\u{1f1ea}",
  // Words that mean something to a program.
  "__proto__",
  "constructor",
  "null",
  "../../etc/passwd",
  "%00",
  "<script>alert(1)</script>",
  "'; DROP TABLE users; --",
  '"}\n{"jsonrpc":"2.0","id":1,"method":"account.delete"',
  "\r\nx-injected: 1",
  "$" + "{7*7}",
  "a@b.c",
];

const piece = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...PIECES) },
  { weight: 1, arbitrary: fc.string({ maxLength: 12 }) },
  { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 6 }) },
);

export const hostileText: fc.Arbitrary<string> = fc.array(piece, { maxLength: 4 }).map((pieces) => pieces.join(""));

/** Of exactly so many UTF-16 units: one that counts bytes, letters or units differently is seen at the bounds. */
export function textOf(length: number): fc.Arbitrary<string> {
  return fc.constantFrom("x", "\u00e9", "\u{1f44d}", "\u0301", " \u200b").map((unit) => {
    return unit.repeat(Math.ceil(length / unit.length)).slice(0, length);
  });
}
