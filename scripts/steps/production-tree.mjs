import { cp, mkdir, readFile, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { findNpmCli } from "./npm-cli.mjs";
import { ROOT } from "./paths.mjs";
import { runNode } from "./run-node.mjs";

/** As in the clone, so that every path between them is the same. pnpm wants to see all that the lockfile knows. */
const MANIFESTS = ["protocol", "server", "turn", "web"].map((name) => `${name}/package.json`);
const FILES = ["package.json", "pnpm-lock.yaml", "pnpm-workspace.yaml", "LICENSE", "README.md", ...MANIFESTS];
const FOLDERS = ["protocol/dist/src", "server/dist/src", "turn/dist/src", "web/dist/site", "deploy"];
const MORE = ["turn/turnserver.conf.template"];

const LAUNCHER = `#!/bin/sh
# Parley, with the Node that came along or, where none did, the one of this system.
here=$(dirname "$(readlink -f "$0")")
node="$here/bin/node"
[ -x "$node" ] || node=node
# See server/src/heap.ts.
collector=--max-semi-space-size=64
# On one core the threads of V8's collector take turns with the main loop instead of helping it.
[ "$(nproc 2>/dev/null)" = 1 ] && collector="$collector --single-threaded-gc"
exec "$node" $collector "$here/server/dist/src/main.js" "$@"
`;

/** What runs a server, and no more: built code, the packages that it uses, the web app. */
export async function productionTree(target, say) {
  say("Collecting the built server and its packages.");
  for (const name of [...FILES, ...MORE]) await copy(name, target);
  for (const name of FOLDERS) await copy(name, target);
  await writeFile(join(target, "parley"), LAUNCHER, { mode: 0o755 });
  const { packageManager } = JSON.parse(await readFile(join(ROOT, "package.json"), "utf8"));
  const pnpm = ["exec", "--yes", `--package=${packageManager}`, "--", "pnpm"];
  const only = ["--filter", "@parley/server...", "--prod", "--frozen-lockfile", "--prefer-offline"];
  const { ok, output } = await runNode(findNpmCli(), [...pnpm, "install", ...only], { cwd: target });
  if (!ok) throw new Error(`The packages could not be installed.\n${output}`);
}

async function copy(name, target) {
  const to = join(target, name);
  await mkdir(join(to, ".."), { recursive: true });
  await cp(join(ROOT, name), to, { recursive: true, filter: isShipped });
}

/** Tests and what only compilers and debuggers read stay behind. */
function isShipped(path) {
  return !/\.test\.m?js(\.map)?$|\.contract\.js(\.map)?$|\.d\.m?ts(\.map)?$|\.js\.map$|\.tsbuildinfo$/.test(
    basename(path),
  );
}
