import { statSync } from "node:fs";
import { join } from "node:path";
import { fingerprint } from "./fingerprint.mjs";
import { recall, remember } from "./memory.mjs";
import { ROOT, TSC, VITE } from "./paths.mjs";
import { runNode } from "./run-node.mjs";

const SHARED = ["package.json", "pnpm-lock.yaml", "tsconfig.base.json"];

/** `marker` is an output that every run of the tool rewrites: it shows that somebody else built in between. */
const TARGETS = [
  {
    name: "relay",
    sources: [...SHARED, "turn"],
    marker: "turn/dist/tsconfig.tsbuildinfo",
    run: () => runNode(TSC, ["-b", "turn"]),
  },
  {
    name: "server",
    sources: [...SHARED, "protocol", "turn", "server"],
    marker: "server/dist/tsconfig.tsbuildinfo",
    run: () => runNode(TSC, ["-b", "protocol", "server"]),
  },
  {
    name: "web",
    sources: [...SHARED, "protocol", "web"],
    marker: "web/dist/site/index.html",
    run: () => runNode(VITE, ["build", "--logLevel", "warn"], { cwd: join(ROOT, "web") }),
  },
];

/** Builds what is older than its sources, or only the targets that are named; where nothing is, this costs some 30 ms. */
export async function buildStale(say, names = TARGETS.map(({ name }) => name)) {
  for (const target of TARGETS) {
    if (!names.includes(target.name)) continue;
    const sources = fingerprint(target.sources);
    if (recall(`built-${target.name}`) === stamp(sources, target.marker)) continue;
    say(`Building the ${target.name}.`);
    const { ok, output } = await target.run();
    if (!ok) throw new Error(`The ${target.name} could not be built.\n${output}`);
    remember(`built-${target.name}`, stamp(sources, target.marker));
  }
}

function stamp(sources, marker) {
  const builtAt = statSync(join(ROOT, marker), { throwIfNoEntry: false })?.mtimeMs ?? "never";
  return `${sources} ${builtAt}`;
}
