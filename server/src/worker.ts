import { keepHeapSmall } from "./heap.ts";

/** The program of a process that `--workers` forks; as main.ts. */
keepHeapSmall();
const { runWorkerCommand } = await import("./command.ts");
process.exitCode = await runWorkerCommand(process.argv.slice(2), process.env);
