import { writeFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { removeTemporaryFolders } from "../_util/folder.ts";
import { within } from "../_util/patience.ts";
import type { Scene } from "./fault.ts";
import { FAULTS } from "./faults.ts";
import { complaints, markdown, table } from "./report.ts";
import { isPassed, type Trial, tryFault } from "./trial.ts";

const HELP = `npm run faults -- [name ...] [--write FILE]

Breaks things under whole servers and real clients, and reports what became of it. Ends with 1 if anything was lost, doubled or
misplaced, or did not converge in time.
${Object.entries(FAULTS)
  .map(([name, { what }]) => `  ${name.padEnd(16)} ${what}`)
  .join("\n")}
  --write          writes the report as markdown`;

/** Progress, beside the table on standard output. */
const say = (text: string): void => void process.stderr.write(`${text}\n`);

let open: Scene | null = null;

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { write: { type: "string" }, help: { type: "boolean", short: "h", default: false } },
  });
  const unknown = positionals.filter((name) => !(name in FAULTS));
  if (values.help || unknown.length > 0) {
    say(unknown.length > 0 ? `There is no fault "${unknown.join('", "')}".\n\n${HELP}` : HELP);
    return unknown.length > 0 ? 2 : 0;
  }
  const startedAt = performance.now();
  const trials: Trial[] = [];
  for (const [name, fault] of Object.entries(FAULTS)) {
    if (positionals.length > 0 && !positionals.includes(name)) continue;
    say(`${name}: ${fault.what} (${fault.store})`);
    trials.push(
      await tryFault(name, fault, (scene) => {
        open = scene;
      }),
    );
  }
  await removeTemporaryFolders();
  const seconds = Math.round((performance.now() - startedAt) / 1000);
  process.stdout.write(`\n${table(trials)}\n`);
  for (const complaint of complaints(trials)) process.stdout.write(`${complaint}\n`);
  const where = `Node ${process.versions.node}, ${process.platform}, ${availableParallelism()} cores, ${seconds} s for all.`;
  if (values.write !== undefined) await writeFile(values.write, markdown(trials, where));
  const failed = trials.filter((trial) => !isPassed(trial));
  const left = trials.filter(({ lacks }) => lacks !== null);
  process.stdout.write(
    `\n${trials.length - failed.length - left.length} passed, ${failed.length} failed, ${left.length} left out; ${seconds} s\n`,
  );
  return failed.length === 0 ? 0 : 1;
}

/** A server on a frozen disk ends only when this process lets go of the disk. */
const CLOSED_WITHIN_MS = 5_000;

// Without a handler a signal would end this process alone and leave its servers behind.
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => {
    const end = () => process.exit(1);
    within(Promise.resolve(open?.close()), () => "to be closed", CLOSED_WITHIN_MS).then(end, end);
  });
}
process.exitCode = await main();
