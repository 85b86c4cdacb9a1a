// `npm start`: the whole way from a fresh clone to a running server. Plain Node, so that it runs wherever Node does.
import { nodeVersionProblem } from "./steps/node-version.mjs";

const problem = nodeVersionProblem(process.versions.node);
if (problem === undefined) {
  // Loaded only now: an older Node could not even parse what follows and would show a syntax error instead of the reason.
  import("./steps/start-server.mjs").then(({ startServer }) => startServer());
} else {
  process.stderr.write(`${problem}\n`);
  process.exitCode = 1;
}
