import { readFileSync, writeFileSync } from "node:fs";
import { fillIn } from "./spec-tables.ts";

/** Renders the tables of SPEC.md anew: `node protocol/dist/tests/write-spec-tables.js`. */
const SPEC = new URL("../../SPEC.md", import.meta.url);
writeFileSync(SPEC, fillIn(readFileSync(SPEC, "utf8")));
