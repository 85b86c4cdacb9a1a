import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder of the clone. */
export const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** What the scripts remember between runs; git ignores it, and deleting node_modules forgets it too. */
export const MEMORY = join(ROOT, "node_modules", ".parley");

export const TSC = join(ROOT, "node_modules", "typescript", "bin", "tsc");
export const BIOME = join(ROOT, "node_modules", "@biomejs", "biome", "bin", "biome");
export const VITE = join(ROOT, "web", "node_modules", "vite", "bin", "vite.js");
