#!/usr/bin/env node
// `npx parley` in a clone: installs and builds what is missing or stale, then is the program `parley` with these arguments.
import { nodeVersionProblem } from "./steps/node-version.mjs";

const problem = nodeVersionProblem(process.versions.node);
if (problem === undefined) {
  // Loaded only now: an older Node would fail on what follows with an error that explains nothing.
  const { startServer } = await import("./steps/start-server.mjs");
  // Only a server shows the web app.
  const serves = process.argv[2] === undefined || process.argv[2].startsWith("-");
  await startServer(serves ? undefined : ["server"]);
} else {
  process.stderr.write(`${problem}\n`);
  process.exitCode = 1;
}
