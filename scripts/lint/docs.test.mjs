import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { ROOT } from "../steps/paths.mjs";

const DOCS = [
  "README.md",
  "ARCHITECTURE.md",
  "CONTRIBUTING.md",
  "docs/backup.md",
  "docs/benchmarks.md",
  "docs/deploy.md",
  "docs/durability.md",
  "docs/faults.md",
  "docs/limits.md",
  "docs/metrics.md",
  "docs/operate.md",
  "docs/object-stores.md",
  "docs/security.md",
  "docs/several-nodes.md",
  "docs/sizing.md",
  "protocol/SPEC.md",
  "deploy/README.md",
  "turn/README.md",
];

for (const doc of DOCS) {
  test(`every link in ${doc} leads somewhere`, () => {
    const links = [...readFileSync(join(ROOT, doc), "utf8").matchAll(/\]\(([^)#]+)(#[^)]*)?\)/g)].map(
      ([, link]) => link,
    );
    const broken = links.filter((link) => !/^https?:/.test(link) && !existsSync(join(ROOT, dirname(doc), link)));
    assert.deepEqual(broken, []);
  });
}

test("every script that CONTRIBUTING names is one", () => {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
  const text = readFileSync(join(ROOT, "CONTRIBUTING.md"), "utf8");
  const named = [...text.matchAll(/npm (?:run )?(start|test|[a-z]+:[a-z]+|build|lint|simulate|bench|faults)\b/g)].map(
    ([, name]) => name,
  );
  assert.ok(named.length > 5);
  assert.deepEqual(
    named.filter((name) => !(name in scripts)),
    [],
  );
});

test("every option that README names is one, with the default that it has", () => {
  const config = readFileSync(join(ROOT, "server", "src", "config.ts"), "utf8");
  const rows = [...readFileSync(join(ROOT, "README.md"), "utf8").matchAll(/^\| `--([a-z-]+)` \| (?:`([^`]+)`)?/gm)];
  assert.ok(rows.length >= 8);
  for (const [, flag, value] of rows) {
    const name = flag.replace(/-([a-z])/g, (_, letter) => letter.toUpperCase());
    const at = config.search(new RegExp(`^ {2}${name}: `, "m"));
    assert.ok(at > 0, `--${flag}`);
    const shown = config.slice(at).match(/default: (?:"([^"]*)"|([^\s,}]+))/);
    if (value !== undefined) assert.equal(shown[1] ?? shown[2].replaceAll("_", ""), value, `--${flag}`);
  }
});
