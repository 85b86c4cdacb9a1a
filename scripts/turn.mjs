// `npm run turn`: runs coturn for calls, or tests one. Arguments: `npm run turn -- --help`.
import { nodeVersionProblem } from "./steps/node-version.mjs";

const problem = nodeVersionProblem(process.versions.node);
if (problem === undefined) {
  // Loaded only now: an older Node would fail on what follows with an error that explains nothing.
  const { startTurn } = await import("./steps/start-turn.mjs");
  await startTurn();
} else {
  process.stderr.write(`${problem}\n`);
  process.exitCode = 1;
}
