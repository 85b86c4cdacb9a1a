import { readFileSync } from "node:fs";
import { copyFile, mkdir, readdir, readFile, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { ROOT } from "./paths.mjs";
import { run } from "./run.mjs";

/** It runs where this Node runs: on systems of the same kind. */
export function archiveName() {
  const { version } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
  return `parley-${version}-${process.platform}-${process.arch}`;
}

/** Adds this Node and packs. Returns the path of the archive. */
export async function packTree(tree, folder) {
  await mkdir(join(tree, "bin"), { recursive: true });
  const node = join(tree, "bin", "node");
  await copyFile(process.execPath, node);
  const alone = await run(node, ["--version"], { cwd: tree, env: {} });
  if (!alone.ok)
    throw new Error(`This Node does not run from another folder, so it cannot be packed.\n${alone.output}`);
  await addLicence(tree);
  const archive = join(folder, `${basename(tree)}.tar.gz`);
  await rm(archive, { force: true });
  // Owned by nobody in particular: who unpacks it owns it.
  const owner = process.platform === "linux" ? ["--owner=0", "--group=0", "--numeric-owner"] : [];
  const { ok, output } = await run("tar", [...owner, "-czf", archive, "-C", dirname(tree), basename(tree)], {});
  if (!ok) throw new Error(`The archive could not be made.\n${output}`);
  return archive;
}

/** Node's own, where it came with one: it is beside the binary, or one folder up. */
async function addLicence(tree) {
  const beside = dirname(process.execPath);
  for (const folder of [beside, dirname(beside)]) {
    if (!(await readdir(folder)).includes("LICENSE")) continue;
    const text = await readFile(join(folder, "LICENSE"), "utf8");
    if (!text.startsWith("Node.js")) continue;
    await copyFile(join(folder, "LICENSE"), join(tree, "bin", "LICENSE"));
    return;
  }
}
