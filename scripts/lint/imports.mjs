import { posix } from "node:path";
import { PARTS, ROOTS } from "./import-rules.mjs";
import { place, visitSyntax } from "./syntax.mjs";

const HOLD_A_SOURCE = new Set([
  "ImportDeclaration",
  "ExportAllDeclaration",
  "ExportNamedDeclaration",
  "ImportExpression",
  "TSImportType",
]);

/** What is wrong with the imports of one file, a line each; types count like values. */
export function importOffences(path, text) {
  const rule = ruleOf(path);
  const offences = [];
  visitSyntax(path, text, (node) => {
    if (!HOLD_A_SOURCE.has(node.type)) return;
    const target = node.source?.value;
    if (typeof target !== "string") return;
    const wrong = judge(path, target, rule);
    if (wrong !== undefined) offences.push(`${place(path, text, node)} imports "${target}": ${wrong}`);
  });
  return offences;
}

function judge(path, target, rule) {
  if (!target.startsWith(".")) {
    return rule.packages.some((name) => fits(target, name)) ? undefined : `${rule.part} may not use this package.`;
  }
  const file = posix.join(posix.dirname(path), target);
  const [home] = path.split("/");
  if (!file.startsWith(`${home}/`)) return "a package is entered by its name and its exports.";
  if (rule.ours.includes("*")) return undefined;
  const part = partOf(file);
  if (isTest(file)) return "tests are for tests.";
  return part === rule.part || rule.ours.includes(part) ? undefined : `${rule.part} may not know ${part}.`;
}

function ruleOf(path) {
  if (isTest(path)) return { part: "a test", ours: ["*"], packages: ["*"] };
  const part = partOf(path);
  if (ROOTS.has(part)) return { part, ours: ["*"], packages: ["*"] };
  return { part, ...(PARTS[part] ?? { ours: [], packages: [] }) };
}

/** The longest part that the file lies in. */
function partOf(file) {
  const around = [...Object.keys(PARTS), ...ROOTS].filter((part) => file === part || file.startsWith(`${part}/`));
  return around.sort((a, b) => b.length - a.length)[0] ?? file;
}

/** Tests and their rigs, benchmarks and the set-up of tools: they may see everything of their package, and nothing that ships sees them. */
function isTest(path) {
  return /\.test\.tsx?$|\.config\.ts$|^[^/]+\/(tests|bench)\/|\/_util\/|\/test-[^/]+\.ts$|\.contract\.ts$/.test(path);
}

function fits(target, name) {
  return name.endsWith("*") ? target.startsWith(name.slice(0, -1)) : target === name;
}
