import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./paths.mjs";

const MINUTE = 60_000;

/**
 * What is run, in this order. `folders` hold the sources of the tests, `packages` are the programs of the system they need,
 * `atOnce` is how many files share the two cores of the smallest machine we test on.
 */
const GROUPS = [
  {
    name: "unit",
    folders: ["scripts/lint", "scripts/steps", "protocol/src", "server/src", "server/bench", "turn/src", "web/src"],
    packages: ["redis-server"],
    atOnce: 2,
    timeoutMs: 2 * MINUTE,
  },
  {
    name: "server",
    folders: ["scripts/tests", "protocol/tests", "server/tests", "turn/tests"],
    packages: ["redis-server"],
    atOnce: 2,
    timeoutMs: 5 * MINUTE,
  },
  { name: "web", folders: ["web/tests"], packages: ["chromium"], atOnce: 2, timeoutMs: 8 * MINUTE },
];

/** What files with this in their names need as well; nobody else waits for it to be installed. */
const MORE_PACKAGES = {
  "-rgw.test.": ["radosgw", "ceph-mon", "ceph-osd", "ceph-common"],
  "-coturn.test.": ["coturn"],
  "-nats.": ["nats-server"],
  "deploy-proxies.test.": ["caddy", "nginx", "pebble"],
  "deploy-compose.test.": ["docker-compose", "redis-server", "coturn"],
  "deploy-machine.test.": ["systemd"],
  "-promtool.test.": ["prometheus"],
};

const NAMES = new Set(GROUPS.map(({ name }) => name));

/** In the name of a file that only the long run has time for. */
const LONG = ".long.test.";

/** The groups with their files, narrowed to `filters`: names of groups, or parts of paths. No filter means everything. */
export function selectTests(filters, { long = false } = {}) {
  return GROUPS.map((group) => {
    const files = group.folders.flatMap((folder) => testsIn(folder)).filter((file) => long || !file.includes(LONG));
    const asked = (file) => filters.some((text) => (NAMES.has(text) ? text === group.name : file.includes(text)));
    const selected = filters.length === 0 ? files : files.filter(asked);
    return { ...group, files: selected, packages: [...group.packages, ...morePackages(selected)] };
  }).filter((group) => group.files.length > 0);
}

function morePackages(files) {
  return Object.entries(MORE_PACKAGES).flatMap(([name, packages]) =>
    files.some((file) => file.includes(name)) ? packages : [],
  );
}

/** Found by their sources: what an older build left in dist is not run. */
function testsIn(folder) {
  if (!existsSync(join(ROOT, folder))) return [];
  return readdirSync(join(ROOT, folder), { recursive: true })
    .map((name) => `${folder}/${name.replaceAll("\\", "/")}`)
    .filter((path) => /\.test\.(mjs|tsx?)$/.test(path) && !path.includes("/node_modules/"))
    .sort();
}

/** `server/src/a/b.test.ts` is run as `server/dist/src/a/b.test.js`; a script is run as it is. */
export function compiled(source) {
  if (source.endsWith(".mjs")) return join(ROOT, source);
  const [folder, ...rest] = source.split("/");
  return join(ROOT, folder, "dist", ...rest).replace(/\.tsx?$/, ".js");
}
