#!/usr/bin/env node
import { keepNursery } from "./nursery.ts";

keepNursery();
// The program is loaded only then.
const { runCommand } = await import("./command.ts");
process.exitCode = await runCommand(process.argv.slice(2), process.env);
