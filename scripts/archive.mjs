// `node scripts/archive.mjs [--out FOLDER]`: one archive with everything that a server needs, this very Node included.
// `node scripts/archive.mjs --tree FOLDER`: the same without Node and not packed, for an image.
import { mkdir, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { buildStale } from "./steps/build-stale.mjs";
import { install } from "./steps/install.mjs";
import { archiveName, packTree } from "./steps/pack-tree.mjs";
import { MEMORY, ROOT } from "./steps/paths.mjs";
import { productionTree } from "./steps/production-tree.mjs";

const say = (text) => process.stdout.write(`${text}\n`);

const { values } = parseArgs({ options: { out: { type: "string", default: ROOT }, tree: { type: "string" } } });
try {
  await install(say);
  await buildStale(say);
  if (values.tree !== undefined) {
    await productionTree(resolve(values.tree), say);
  } else {
    const tree = join(MEMORY, "archive", archiveName());
    await rm(tree, { recursive: true, force: true });
    await mkdir(values.out, { recursive: true });
    await productionTree(tree, say);
    say(await packTree(tree, resolve(values.out)));
    await rm(tree, { recursive: true, force: true });
  }
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
