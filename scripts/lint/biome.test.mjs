import assert from "node:assert/strict";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { BIOME, ROOT } from "../steps/paths.mjs";
import { runNode } from "../steps/run-node.mjs";

/** One file a rule, named by what it breaks; `beside` are files that it needs and that are fine. */
const VIOLATIONS = [
  {
    rule: "lint/nursery/noFloatingPromises",
    file: "server/src/floating.ts",
    text: `import type { Store } from "./open.ts";\nexport function stop(store: Store): void {\n  store.close();\n}\n`,
    beside: { "server/src/open.ts": "export interface Store {\n  close(): Promise<void>;\n}\n" },
  },
  {
    rule: "lint/nursery/noMisusedPromises",
    file: "server/src/misused.ts",
    text: "export function ready(check: () => Promise<boolean>): number {\n  return check() ? 1 : 0;\n}\n",
  },
  {
    rule: "lint/nursery/useExhaustiveSwitchCases",
    file: "protocol/src/exhaustive.ts",
    text: `export type Word = "a" | "b";\nexport function say(word: Word): string {\n  switch (word) {\n    case "a":\n      return "A";\n  }\n  return "";\n}\n`,
  },
  {
    rule: "lint/suspicious/noImportCycles",
    file: "protocol/src/cycle-of-values.ts",
    text: `import { b } from "./cycle-back.ts";\nexport const a = () => b;\n`,
    beside: { "protocol/src/cycle-back.ts": `import { a } from "./cycle-of-values.ts";\nexport const b = () => a;\n` },
  },
  {
    rule: "lint/suspicious/noImportCycles",
    file: "protocol/src/cycle-of-types.ts",
    text: `import type { B } from "./type-back.ts";\nexport interface A {\n  b: B;\n}\n`,
    beside: {
      "protocol/src/type-back.ts": `import type { A } from "./cycle-of-types.ts";\nexport interface B {\n  a: A;\n}\n`,
    },
  },
  {
    rule: "lint/suspicious/noExplicitAny",
    file: "web/src/model/anything.ts",
    text: "export const anything = (value: any) => value;\n",
  },
  {
    rule: "lint/style/noNonNullAssertion",
    file: "web/src/model/sure.ts",
    text: "export const first = (names: readonly string[]) => names[0]!.length;\n",
  },
  {
    rule: "lint/style/noDefaultExport",
    file: "web/src/model/default.ts",
    text: "const chat = 1;\nexport default chat;\n",
  },
  {
    rule: "lint/style/useImportType",
    file: "web/src/model/as-value.ts",
    text: `import { Chat } from "./chat.ts";\nexport const id = (chat: Chat) => chat.id;\n`,
    beside: { "web/src/model/chat.ts": "export interface Chat {\n  id: string;\n}\n" },
  },
  {
    rule: "lint/correctness/useImportExtensions",
    file: "web/src/model/no-extension.ts",
    text: `import { one } from "./one";\nexport const two = one + 1;\n`,
    beside: { "web/src/model/one.ts": "export const one = 1;\n" },
  },
  {
    rule: "lint/correctness/noUndeclaredDependencies",
    file: "server/src/undeclared.ts",
    text: `import { get } from "lodash";\nexport const name = (value: object) => get(value, "name");\n`,
  },
  {
    rule: "lint/suspicious/noConsole",
    file: "server/src/talks.ts",
    text: `export function talk(): void {\n  console.log("a secret");\n}\n`,
  },
  {
    rule: "lint/style/useFilenamingConvention",
    file: "server/src/ChatStore.ts",
    text: "export const chat = 1;\n",
  },
  {
    rule: "lint/style/noRestrictedGlobals",
    file: "web/src/view/fetches.tsx",
    text: `export const load = () => fetch("/chats");\n`,
  },
  {
    rule: "lint/style/noRestrictedGlobals",
    file: "web/src/model/needs-page.ts",
    text: `export const title = () => document.title;\n`,
  },
];

let folder;
let found;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), "parley lint "));
  for (const name of ["biome.json", ".gitignore", "package.json", ...packageFiles()]) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    copyFileSync(join(ROOT, name), join(folder, name));
  }
  for (const { file, text, beside = {} } of VIOLATIONS) {
    for (const [name, content] of Object.entries({ ...beside, [file]: text })) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), content);
    }
  }
  const args = ["lint", "--error-on-warnings", "--reporter=json", "--max-diagnostics=none", "."];
  const { ok, output } = await runNode(BIOME, args, { cwd: folder });
  assert.equal(ok, false);
  const report = JSON.parse(output.slice(output.indexOf('{"'), output.lastIndexOf("}") + 1));
  found = report.diagnostics.map(({ category, location, severity }) => ({
    rule: category,
    file: location.path?.file ?? location.path,
    severity,
  }));
});

after(() => rmSync(folder, { recursive: true, force: true }));

for (const { rule, file } of VIOLATIONS) {
  test(`${rule} refuses ${file}`, () => {
    const hits = found.filter((diagnostic) => diagnostic.file.endsWith(file) && diagnostic.rule === rule);
    assert.equal(hits.length, 1, JSON.stringify(found, null, 1));
    assert.equal(hits[0].severity, "error");
  });
}

test("nothing but the planted violations is found", () => {
  const planted = new Set(VIOLATIONS.map(({ rule }) => rule));
  assert.deepEqual(
    found.filter(({ rule }) => !planted.has(rule)),
    [],
  );
});

function packageFiles() {
  return ["protocol", "server", "web", "turn"].map((name) => `${name}/package.json`);
}
