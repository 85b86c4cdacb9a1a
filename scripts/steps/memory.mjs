import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { MEMORY } from "./paths.mjs";

/** What was noted under a name at the last successful run, or undefined. */
export function recall(name) {
  try {
    return readFileSync(join(MEMORY, name), "utf8");
  } catch (error) {
    if (error.code === "ENOENT") return undefined;
    throw error;
  }
}

export function remember(name, value) {
  mkdirSync(MEMORY, { recursive: true });
  writeFileSync(join(MEMORY, name), value);
}
