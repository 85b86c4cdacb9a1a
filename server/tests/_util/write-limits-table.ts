import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fillIn, ROOT } from "./limits-table.ts";

// `node server/dist/tests/_util/write-limits-table.js` after a limit has changed.
const path = join(ROOT, "docs", "limits.md");
writeFileSync(path, fillIn(readFileSync(path, "utf8")));
