import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./paths.mjs";
import { run } from "./run.mjs";

const HELM = join(ROOT, "deploy", "helm");
const CHART = join(HELM, "parley");
export const RENDERED = join(HELM, "rendered");

/** The oldest Kubernetes that the chart is for has all that is in it; this one is what it was looked at with. */
const KUBERNETES = "1.31.0";

/** Names of the sets of values for which the chart is rendered. */
export function valueSets() {
  return readdirSync(join(HELM, "values")).map((name) => name.replace(/\.yaml$/, ""));
}

const valuesFile = (set) => join(HELM, "values", `${set}.yaml`);

/** Of all that a rendering comes from: shows whether one is still that of the chart. */
export function chartFingerprint(set) {
  const hash = createHash("sha256").update(readFileSync(valuesFile(set)));
  const names = readdirSync(CHART, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));
  for (const path of names.sort()) hash.update(`\n${path.slice(CHART.length)}\n`).update(readFileSync(path));
  return hash.digest("hex");
}

/** What Helm makes of the chart with a set of values, and with `--set` settings. Throws with Helm's words. */
export async function renderChart(set, settings = []) {
  const args = ["template", "chat", CHART, "--values", valuesFile(set), "--kube-version", KUBERNETES];
  const { ok, output } = await run("helm", [...args, ...settings.flatMap((setting) => ["--set", setting])], {});
  if (!ok) throw new Error(output);
  return output;
}

export async function lintChart(set) {
  const { ok, output } = await run("helm", ["lint", "--strict", CHART, "--values", valuesFile(set)], {});
  if (!ok) throw new Error(output);
}
