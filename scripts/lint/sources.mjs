import { readdirSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../steps/paths.mjs";

const PACKAGES = ["protocol", "server", "turn", "web"];
const NOT_SOURCE = new Set(["node_modules", "dist"]);

/** Paths of all TypeScript files, relative to the clone, with slashes on every system. */
export function sources() {
  return PACKAGES.flatMap((folder) => [...walk(folder)]).filter((path) => /\.tsx?$/.test(path));
}

function* walk(folder) {
  for (const entry of readdirSync(join(ROOT, folder), { withFileTypes: true })) {
    if (NOT_SOURCE.has(entry.name)) continue;
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) yield* walk(path);
    else yield path;
  }
}
