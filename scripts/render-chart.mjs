// `node scripts/render-chart.mjs`: renders the Helm chart for each set of values, with the `helm` on the PATH. What comes out is kept beside
// the chart, so that it can be read and tested where there is no Helm.
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { chartFingerprint, lintChart, RENDERED, renderChart, valueSets } from "./steps/chart.mjs";

try {
  const rendered = new Map();
  for (const set of valueSets()) {
    await lintChart(set);
    rendered.set(set, await renderChart(set));
  }
  await rm(RENDERED, { recursive: true, force: true });
  await mkdir(RENDERED, { recursive: true });
  for (const [set, text] of rendered) {
    const head = `# Made by scripts/render-chart.mjs from values/${set}.yaml; chart ${chartFingerprint(set)}\n`;
    await writeFile(join(RENDERED, `${set}.yaml`), `${head}${text}\n`);
  }
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
