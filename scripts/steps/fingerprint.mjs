import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./paths.mjs";

const NOT_SOURCE = new Set(["node_modules", "dist"]);

/**
 * One hash over the content of files and folders, named relative to the clone. By content and not by time: a checkout, a copy
 * or a clock that was wrong changes times without changing anything.
 */
export function fingerprint(names) {
  const hash = createHash("sha256").update(`${process.platform} ${process.arch} ${process.versions.modules}\n`);
  for (const name of names) add(hash, name);
  return hash.digest("hex");
}

function add(hash, name) {
  const stat = statSync(join(ROOT, name), { throwIfNoEntry: false });
  if (stat === undefined) return;
  if (stat.isDirectory()) {
    for (const entry of readdirSync(join(ROOT, name)).sort()) {
      if (!NOT_SOURCE.has(entry)) add(hash, `${name}/${entry}`);
    }
  } else if (stat.isFile()) {
    hash.update(`${name}\n${stat.size}\n`).update(readFileSync(join(ROOT, name)));
  }
}
