import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { limits } from "@parley/protocol";
import { Config } from "../../src/config.ts";
import { DEFAULT_LIMITS } from "../../src/gateway/limits.ts";

export interface Limit {
  readonly name: string;
  readonly value: number;
  /** As the source says it; empty when it does not. */
  readonly why: string;
  /** From the root of the repository. */
  readonly file: string;
}

export const ROOT = fileURLToPath(new URL("../../../../", import.meta.url));
const GATEWAY = "server/src/gateway/limits.ts";
const WIRE = "protocol/src/limits.ts";
const CONFIG = "server/src/config.ts";

/** Options that bound what others may cost. */
const OPTIONS = [
  ...["registrationBurst", "registrationSeconds", "retractWindow", "workersPool"],
  ...["fileMax", "fileQuota", "fileRate", "fileRateUser", "objectsReserve"],
] as const satisfies readonly (keyof Config)[];

/** Where else bounds stand, as constants with such names; programs that an operator runs by hand are not served to anybody. */
const FOLDERS = ["protocol/src/secure", "server/src"];
const NOT_SERVING = /^server\/src\/(init|doctor|backup|admin|banner|objects\/check)/;
const BOUND =
  /(^|_)(MAX|BURST|AT_ONCE)(_|$)|_PER_(SECOND|MINUTE|DAY|ADDRESS|USER|THREAD)$|_(TIMEOUT|SILENCE)_MS$|^SILENCE_MS$|_MIN_BYTES$|^HTTP_HEADERS_MS$/;
const CONSTANT = /^(?:export )?const ([A-Z][A-Z0-9_]*)(?:: \w+)? = ([^"'`{[(]+);$/;

interface Described {
  readonly default: number;
  readonly description: string;
}

/** Every limit there is, in the order in which a request meets them. */
export function allLimits(): Limit[] {
  const source = (file: string) => readFileSync(join(ROOT, file), "utf8");
  const options = OPTIONS.map((name) => {
    const { default: value, description } = Config.properties[name] as unknown as Described;
    return {
      name: `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`,
      value,
      why: description,
      file: CONFIG,
    };
  });
  const reasons = reasonsIn(source(GATEWAY), /^ {2}(\w+): /, () => true);
  const gateway = Object.entries(DEFAULT_LIMITS).map(([name, value]) => {
    return { name, value, why: reasons.get(name) ?? "", file: GATEWAY };
  });
  const named = constantsIn(WIRE, source(WIRE));
  const values = new Map<string, unknown>(Object.entries(limits));
  const wire = [...named].map(([name, { why }]) => ({ name, value: values.get(name) as number, why, file: WIRE }));
  return [...options, ...gateway, ...constants(), ...wire];
}

/** As a table of Markdown, with links from `docs/`. */
export function limitsTable(): string {
  const rows = allLimits().map(({ name, value, why, file }) => {
    return `| \`${name}\` | ${shown(name, value)} | ${why} | [${file.split("/").slice(-2).join("/")}](../${file}) |`;
  });
  return ["| limit | | why | where |", "|---|---|---|---|", ...rows].join("\n");
}

/** Puts it into its place. */
export function fillIn(doc: string): string {
  return doc.replace(/<!-- limits -->\n[\s\S]*?<!-- end -->/, () => `<!-- limits -->\n${limitsTable()}\n<!-- end -->`);
}

function constants(): Limit[] {
  const all = new Map<string, { readonly text: string; readonly why: string; readonly file: string }>();
  const found: { name: string; file: string }[] = [];
  for (const file of FOLDERS.flatMap(sourcesIn)) {
    for (const [name, { text, why }] of constantsIn(file, readFileSync(join(ROOT, file), "utf8"))) {
      all.set(`${file} ${name}`, { text, why, file });
      if (!all.has(name)) all.set(name, { text, why, file });
      if (BOUND.test(name) && !NOT_SERVING.test(file)) found.push({ name, file });
    }
  }
  const numberOf = (text: string, file: string): number => {
    const numbers = text.replace(/(limits\.)?\b([A-Z][A-Z0-9_]+)\b/g, (_, ofWire, name: string) => {
      if (ofWire !== undefined) return String((limits as unknown as Record<string, number>)[name]);
      const other = all.get(`${file} ${name}`) ?? all.get(name);
      return other === undefined ? "NaN" : String(numberOf(other.text, other.file));
    });
    if (!/^[\d_ .*/+()-]+$/.test(numbers)) return Number.NaN;
    return Number(new Function(`return ${numbers}`)());
  };
  return found
    .map(({ name, file }) => {
      const { text, why } = all.get(`${file} ${name}`) as { text: string; why: string };
      return { name, value: numberOf(text, file), why, file };
    })
    .filter(({ value }) => !Number.isNaN(value));
}

function constantsIn(file: string, source: string): Map<string, { text: string; why: string }> {
  const nouns = (name: string) => name.split("_")[0];
  const reasons = reasonsIn(source, CONSTANT, (name, before) => nouns(name) === nouns(before) || file === GATEWAY);
  const found = new Map<string, { text: string; why: string }>();
  for (const line of source.split("\n")) {
    const [, name, text] = CONSTANT.exec(line) ?? [];
    if (name !== undefined && text !== undefined) found.set(name, { text, why: reasons.get(name) ?? "" });
  }
  return found;
}

/** What the comment above each says; one without a comment of its own may share that of the one above. */
function reasonsIn(source: string, pattern: RegExp, shares: (name: string, before: string) => boolean) {
  const reasons = new Map<string, string>();
  let comment = "";
  let before: string | null = null;
  for (const line of source.split("\n")) {
    const [, oneLine] = /^ *\/\*\* (.*) \*\/$/.exec(line) ?? [];
    const [, more] = /^ *\*(?: (.*))?$/.exec(line.replace(/ *\*\/$/, "")) ?? [];
    const [, name] = pattern.exec(line) ?? [];
    if (oneLine !== undefined) [comment, before] = [oneLine, null];
    else if (/^ *\/\*\*$/.test(line)) [comment, before] = ["", null];
    else if (more !== undefined) comment = `${comment} ${more}`.trim();
    else if (/^ *\*\//.test(line)) before = null;
    else if (name !== undefined) {
      if (before !== null && !shares(name, before)) comment = "";
      reasons.set(name, comment);
      before = name;
    } else [comment, before] = ["", null];
  }
  return reasons;
}

function sourcesIn(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true })
    .map((name) => `${folder}/${String(name).replaceAll("\\", "/")}`)
    .filter((path) => path.endsWith(".ts") && !/\.(test|contract)\.ts$/.test(path))
    .sort();
}

const UNITS = [
  {
    of: /bytes|size|file-(max|quota|rate)|reserve/i,
    steps: [
      ["GiB", 1024 ** 3],
      ["MiB", 1024 ** 2],
      ["KiB", 1024],
      ["B", 1],
    ],
  },
  {
    of: /_MS$|Ms$|_AGE_MS|_AHEAD_MS/,
    steps: [
      ["days", 86_400_000],
      ["h", 3_600_000],
      ["min", 60_000],
      ["s", 1_000],
      ["ms", 1],
    ],
  },
  {
    of: /Seconds$|_SECONDS$|-seconds$|-window$/,
    steps: [
      ["h", 3_600],
      ["s", 1],
    ],
  },
] as const;

function shown(name: string, value: number): string {
  const steps = UNITS.find(({ of }) => of.test(name))?.steps ?? [];
  const [unit, size] = steps.find(([, step]) => value >= step && value % step === 0) ?? [null, 1];
  const number = (value / size).toLocaleString("en", { maximumFractionDigits: 3 });
  return unit === null ? number : `${number} ${unit}`;
}
