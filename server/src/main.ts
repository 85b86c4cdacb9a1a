#!/usr/bin/env node
import { setFlagsFromString } from "node:v8";

// Loading the program makes more garbage at once than serving does later. V8 would answer with a nursery of 32 MB and
// keep it: a fifth of an empty server's memory. So the nursery keeps its first size, and the program is loaded only then.
setFlagsFromString("--semi-space-growth-factor=1");
const { runCommand } = await import("./command.ts");
process.exitCode = await runCommand(process.argv.slice(2), process.env);
