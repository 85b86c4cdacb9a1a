#!/usr/bin/env node
import { keepHeapSmall } from "./heap.ts";

keepHeapSmall();
// The program is loaded only then.
const { runCommand } = await import("./command.ts");
process.exitCode = await runCommand(process.argv.slice(2), process.env);
