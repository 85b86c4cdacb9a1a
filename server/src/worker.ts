import { setFlagsFromString } from "node:v8";

/** The program of a process that `--workers` forks; as main.ts. */
setFlagsFromString("--semi-space-growth-factor=1");
const { runWorkerCommand } = await import("./command.ts");
process.exitCode = await runWorkerCommand(process.argv.slice(2), process.env);
