// `npm start`: the whole way from a fresh clone to a running server. Plain Node, so that it runs wherever Node does.
import { nodeVersionProblem } from "./steps/node-version.mjs";

const problem = nodeVersionProblem(process.versions.node);
if (problem === undefined) {
  // Loaded only now: an older Node would fail on what follows with an error that explains nothing.
  const { startServer } = await import("./steps/start-server.mjs");
  await startServer();
} else {
  process.stderr.write(`${problem}\n`);
  process.exitCode = 1;
}
