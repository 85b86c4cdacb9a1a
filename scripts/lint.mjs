// `npm run lint`: Biome, then what Biome cannot express. Prints what is wrong, a line each; `--write` lets Biome mend what it can.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { importOffences } from "./lint/imports.mjs";
import { literalOffences } from "./lint/literals.mjs";
import { sources } from "./lint/sources.mjs";
import { BIOME, ROOT } from "./steps/paths.mjs";
import { runNode } from "./steps/run-node.mjs";

const mend = process.argv.includes("--write") ? ["--write"] : [];
const biome = await runNode(BIOME, ["check", "--error-on-warnings", "--max-diagnostics=100", ...mend, "."]);
if (!biome.ok) process.stdout.write(`${biome.output}\n`);

const offences = sources().flatMap((path) => {
  const text = readFileSync(join(ROOT, path), "utf8");
  return [...importOffences(path, text), ...(path.startsWith("web/src/view/") ? literalOffences(path, text) : [])];
});
for (const offence of offences) process.stdout.write(`${offence}\n`);

process.exitCode = biome.ok && offences.length === 0 ? 0 : 1;
