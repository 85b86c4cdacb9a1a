import { type TextRun, toHref, toRuns } from "./text-runs.ts";

/** What stands within a line. */
export type Inline =
  | TextRun
  | { readonly kind: "code"; readonly text: string }
  | { readonly kind: "strong" | "emphasis" | "strike"; readonly inside: readonly Inline[] };

/** What a text is made of. There is no markup but this: everything else is text. */
export type Block =
  | { readonly kind: "paragraph"; readonly inside: readonly Inline[] }
  | { readonly kind: "code"; readonly text: string }
  | { readonly kind: "quote"; readonly blocks: readonly Block[] }
  /** `start`: the number of the first item; null for bullets. */
  | { readonly kind: "list"; readonly start: number | null; readonly items: readonly (readonly Inline[])[] };

/** Quotes in quotes, and emphasis in emphasis: deeper ones are text. Each level reads the text once more. */
const DEPTH_MAX = 4;

const FENCE = /^```/;
const QUOTE = /^> ?/;
const BULLET = /^[-*•] +(?=\S)/;
const NUMBER = /^(\d{1,9})[.)] +(?=\S)/;

/** Reads the Markdown subset of messages, in time that grows as the text does. */
export function toBlocks(text: string, depth = 0): readonly Block[] {
  return blocksOf(text.split("\n"), depth);
}

function blocksOf(lines: readonly string[], depth: number): readonly Block[] {
  const blocks: Block[] = [];
  const plain: string[] = [];
  const endParagraph = () => {
    // Empty lines around another block are its own space.
    while (plain[0]?.trim() === "") plain.shift();
    while (plain.at(-1)?.trim() === "") plain.pop();
    if (plain.length > 0) blocks.push({ kind: "paragraph", inside: toInlines(plain.splice(0).join("\n")) });
  };
  const lastFence = lines.findLastIndex((line) => FENCE.test(line));
  for (let at = 0; at < lines.length; ) {
    const line = lines[at] ?? "";
    const takeWhile = (fits: (line: string) => boolean, from = at) => {
      let end = from;
      while (end < lines.length && fits(lines[end] ?? "")) end += 1;
      at = end;
      return lines.slice(from, end);
    };
    if (FENCE.test(line) && at < lastFence) {
      endParagraph();
      const code = takeWhile((next) => !FENCE.test(next), at + 1);
      at += 1;
      blocks.push({ kind: "code", text: code.join("\n") });
    } else if (QUOTE.test(line) && depth < DEPTH_MAX) {
      endParagraph();
      const quoted = takeWhile((next) => QUOTE.test(next)).map((next) => next.replace(QUOTE, ""));
      blocks.push({ kind: "quote", blocks: blocksOf(quoted, depth + 1) });
    } else if (BULLET.test(line) || NUMBER.test(line)) {
      endParagraph();
      const marker = BULLET.test(line) ? BULLET : NUMBER;
      const start = marker === NUMBER ? Number(NUMBER.exec(line)?.[1]) : null;
      const items = takeWhile((next) => marker.test(next)).map((next) => toInlines(next.replace(marker, "")));
      blocks.push({ kind: "list", start, items });
    } else {
      plain.push(line);
      at += 1;
    }
  }
  endParagraph();
  return blocks;
}

/** Of a text, what is read for a preview: far more than a line shows. */
const PREVIEW_MAX = 400;

/** The words alone, in one line: for where there is room for no more. */
export function previewOf(text: string): string {
  return blockWords(toBlocks(text.slice(0, PREVIEW_MAX)))
    .replace(/\s+/g, " ")
    .trim();
}

function blockWords(blocks: readonly Block[]): string {
  return blocks
    .map((block) => {
      if (block.kind === "code") return block.text;
      if (block.kind === "quote") return blockWords(block.blocks);
      return block.kind === "list" ? block.items.map(inlineWords).join(" ") : inlineWords(block.inside);
    })
    .join(" ");
}

function inlineWords(inside: readonly Inline[]): string {
  return inside.map((one) => ("inside" in one ? inlineWords(one.inside) : one.text)).join("");
}

const PAIRS = [
  { mark: "**", kind: "strong" },
  { mark: "~~", kind: "strike" },
  { mark: "*", kind: "emphasis" },
  { mark: "_", kind: "emphasis" },
] as const;
/** `[words](address)`; bounded, so that brackets without an end cost little. */
const NAMED_LINK = /\[([^[\]\n]{1,300})\]\(([^()\s]{1,1000})\)/y;
const WORD = /[\p{L}\p{N}_]/u;
const SPACE = /\s/u;

export function toInlines(text: string, depth = 0): readonly Inline[] {
  const found: Inline[] = [];
  const marks = new Marks(text);
  let done = 0;
  const put = (from: number, to: number, inline: Inline) => {
    if (from > done) found.push(...toRuns(text.slice(done, from)));
    found.push(inline);
    done = to;
  };
  for (let at = 0; at < text.length; ) {
    const character = text.charAt(at);
    if (character === "`") {
      const end = marks.next("`", at + 1);
      if (end > at + 1) put(at, end + 1, { kind: "code", text: text.slice(at + 1, end) });
    } else if (character === "[") {
      NAMED_LINK.lastIndex = at;
      const [whole = "", words = "", address = ""] = NAMED_LINK.exec(text) ?? [];
      const href = whole === "" ? null : toHref(address, ["https:", "http:", "mailto:"]);
      if (href !== null) put(at, at + whole.length, { kind: "link", text: words, href });
    } else if (depth < DEPTH_MAX) {
      const pair = PAIRS.find(({ mark }) => text.startsWith(mark, at) && opens(text, at, mark));
      const end = pair === undefined ? -1 : marks.next(pair.mark, at + pair.mark.length + 1);
      if (pair !== undefined && end > 0 && closes(text, end, pair.mark)) {
        const inside = toInlines(text.slice(at + pair.mark.length, end), depth + 1);
        put(at, end + pair.mark.length, { kind: pair.kind, inside });
      } else if (pair !== undefined) {
        at += pair.mark.length;
        continue;
      }
    }
    at = Math.max(at + 1, done);
  }
  if (done < text.length) found.push(...toRuns(text.slice(done)));
  return found;
}

function opens(text: string, at: number, mark: string): boolean {
  const after = text.charAt(at + mark.length);
  return after !== "" && !SPACE.test(after) && after !== mark.charAt(0) && !WORD.test(text.charAt(at - 1));
}

function closes(text: string, at: number, mark: string): boolean {
  return !SPACE.test(text.charAt(at - 1)) && !WORD.test(text.charAt(at + mark.length));
}

/** Where a mark comes next. What was found once is not looked for again: so the whole is one pass for each mark. */
class Marks {
  readonly #text: string;
  readonly #found = new Map<string, number>();

  constructor(text: string) {
    this.#text = text;
  }

  /** -1 when it does not come any more. */
  next(mark: string, from: number): number {
    const known = this.#found.get(mark);
    if (known !== undefined && (known === -1 || known >= from)) return known;
    const at = this.#text.indexOf(mark, from);
    this.#found.set(mark, at);
    return at;
  }
}
