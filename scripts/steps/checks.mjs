import { existsSync } from "node:fs";
import { join } from "node:path";
import { buildStale } from "./build-stale.mjs";
import { ROOT, TSC } from "./paths.mjs";
import { runNode } from "./run-node.mjs";

/** Every package that has a tsconfig, tests included. Also emits what the test runner runs. */
export async function checkTypes() {
  const packages = ["protocol", "server", "turn", "web"].filter((name) =>
    existsSync(join(ROOT, name, "tsconfig.json")),
  );
  return failure(await runNode(TSC, ["-b", ...packages]));
}

export async function checkBuild() {
  try {
    await buildStale(() => {});
  } catch (error) {
    return error.message;
  }
}

export async function checkLint() {
  return failure(await runNode(join(ROOT, "scripts", "lint.mjs"), []));
}

function failure({ ok, output }) {
  return ok ? undefined : output;
}
