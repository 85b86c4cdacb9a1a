import { judgedSpread, showNumber, showSpread, type Verdict, verdict } from "../figure.ts";
import { byWorkload, type RecordedRow, type Results } from "./recorded.ts";

/**
 * Every recorded value that has a limit, as one SVG without scripts or fonts of its own: text stays text, and the colours
 * follow the reader's light or dark mode.
 */
const WIDTH = 1000;
const MARGIN = 20;
const BAR_WIDTH = 540;
const BAR_HEIGHT = 12;
const ROW_HEIGHT = 42;
const PANEL_HEAD = 56;
const HEAD = 44;
/** Of the axis; a longer bar is cut and its number says how long it would be. */
const AXIS_MAX = 3;
const TICKS = [0, 0.5, 1, 1.5, 2, 2.5, AXIS_MAX];

interface Bar {
  readonly label: string;
  readonly value: number;
  readonly low: number;
  readonly high: number;
  readonly limit: number;
  readonly bound: "atMost" | "atLeast";
  readonly words: string;
  readonly verdict: Verdict;
}

interface Panel {
  readonly title: string;
  readonly bars: readonly Bar[];
}

export function plot(results: Results): string {
  const panels = panelsOf(results).filter(({ bars }) => bars.length > 0);
  const bars = panels.flatMap((panel) => panel.bars);
  const met = bars.filter((bar) => bar.verdict === "met").length;
  let top = HEAD;
  const drawn = panels.map((panel) => {
    const text = drawPanel(panel, top);
    top += PANEL_HEAD + panel.bars.length * ROW_HEIGHT;
    return text;
  });
  const height = top + MARGIN;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-labelledby="title desc">`,
    '<title id="title">Benchmarks beside their limits</title>',
    `<desc id="desc">${met} of ${bars.length} recorded figures are met. ${escaped(bars.map(({ label, words }) => `${label}: ${words}.`).join(" "))}</desc>`,
    STYLE,
    `<rect class="page" width="${WIDTH}" height="${height}"/>`,
    `<text class="head" x="${MARGIN}" y="28">${met} of ${bars.length} recorded figures are met</text>`,
    ...drawn,
    "</svg>",
    "",
  ].join("\n");
}

const STYLE = `<style>
text { font: 13px system-ui, sans-serif; fill: #1f2328; stroke: #ffffff; stroke-width: 3px; paint-order: stroke; }
.head { font-size: 16px; font-weight: 600; }
.panel { font-weight: 600; }
.tick { font-size: 11px; fill: #59636e; }
.page { fill: #ffffff; }
.grid { stroke: #d1d9e0; }
.one { stroke: #59636e; stroke-dasharray: 4 3; }
.spread { stroke: #1f2328; }
.limit { stroke: #1f2328; stroke-width: 2; fill: none; }
.met { fill: #4c9a6a; }
.near { fill: #d9a441; }
.missed { fill: #d0605e; }
@media (prefers-color-scheme: dark) {
text { fill: #f0f6fc; stroke: #0d1117; }
.tick { fill: #9198a1; }
.page { fill: #0d1117; }
.grid { stroke: #3d444d; }
.one { stroke: #9198a1; }
.spread, .limit { stroke: #f0f6fc; }
.met { fill: #2f7d4f; }
.near { fill: #9a6b15; }
.missed { fill: #a83c3a; }
}
</style>`;

const CLASSES: Readonly<Record<Verdict, string>> = { met: "met", "within twice": "near", missed: "missed" };

function panelsOf({ workloads }: Results): readonly Panel[] {
  const rows = Object.entries(workloads)
    .toSorted(([a], [b]) => byWorkload(a, b))
    .flatMap(([id, { rows }]) => rows.map((row) => ({ id, row })));
  const bars = (of: "ratio" | "value") =>
    rows.flatMap(({ id, row }) => (row.figure?.of === of ? barOf(id, row, of === "ratio" ? 1 : row.figure.limit) : []));
  return [
    { title: "Parley in parts of its reference (dashed: the reference)", bars: bars("ratio") },
    { title: "Parley's own value in parts of its limit", bars: bars("value") },
  ];
}

function barOf(id: string, row: RecordedRow, one: number): Bar[] {
  const { figure, reference, unit } = row;
  const [spread, judgement] = [judgedSpread(row), verdict(row)];
  if (figure === null || spread === undefined || judgement === undefined) return [];
  const suffix = figure.of === "ratio" || unit === "" ? "" : ` ${unit}`;
  const bound = figure.bound === "atMost" ? "at most" : "at least";
  return [
    {
      label: `${id} ${row.what}${figure.of === "ratio" ? `, beside ${reference?.name}` : ""}`,
      value: spread.median / one,
      low: spread.low / one,
      high: spread.high / one,
      limit: figure.limit / one,
      bound: figure.bound,
      words: `${showSpread(spread)}${suffix}, ${bound} ${showNumber(figure.limit)}: ${judgement}`,
      verdict: judgement,
    },
  ];
}

function drawPanel({ title, bars }: Panel, top: number): string {
  const axisTop = top + PANEL_HEAD - 8;
  const bottom = axisTop + bars.length * ROW_HEIGHT;
  const ticks = TICKS.map(
    (tick) =>
      `<line class="${tick === 1 ? "one" : "grid"}" x1="${x(tick)}" y1="${axisTop}" x2="${x(tick)}" y2="${bottom}"/>` +
      `<text class="tick" x="${x(tick)}" y="${axisTop - 6}" text-anchor="middle">${tick}</text>`,
  );
  return [
    `<text class="panel" x="${MARGIN}" y="${top + 22}">${escaped(title)}</text>`,
    ...ticks,
    ...bars.map((bar, index) => drawBar(bar, axisTop + index * ROW_HEIGHT)),
  ].join("\n");
}

function drawBar(bar: Bar, top: number): string {
  const y = top + 20;
  const middle = y + BAR_HEIGHT / 2;
  // The mark points to where it is good to be.
  const side = bar.bound === "atMost" ? -5 : 5;
  const mark = x(bar.limit);
  return [
    `<text x="${MARGIN}" y="${top + 15}">${escaped(bar.label)}</text>`,
    `<rect class="${CLASSES[bar.verdict]}" x="${MARGIN}" y="${y}" width="${round(x(bar.value) - MARGIN)}" height="${BAR_HEIGHT}"/>`,
    `<line class="spread" x1="${x(bar.low)}" y1="${middle}" x2="${x(bar.high)}" y2="${middle}"/>`,
    `<path class="limit" d="M${mark} ${y - 3}V${y + BAR_HEIGHT + 3}M${mark} ${middle}h${side}"/>`,
    `<text x="${MARGIN + BAR_WIDTH + 14}" y="${y + 11}">${escaped(bar.words)}</text>`,
  ].join("\n");
}

function x(value: number): number {
  return round(MARGIN + (Math.min(AXIS_MAX, Math.max(0, value)) / AXIS_MAX) * BAR_WIDTH);
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
