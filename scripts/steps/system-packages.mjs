import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { run } from "./run.mjs";

/** Debian package -> the programs any one of which shows that it is there, and what goes with it. */
const PACKAGES = {
  "redis-server": { programs: ["redis-server"], debian: ["redis-server"] },
  "nats-server": { programs: ["nats-server"], debian: ["nats-server"] },
  // Moves the clock of a process.
  faketime: { programs: ["faketime"], debian: ["faketime"] },
  // Ceph's object gateway, a real S3 store, is made of daemons that come in packages of their own.
  radosgw: { programs: ["radosgw"], debian: ["radosgw"] },
  "ceph-mon": { programs: ["ceph-mon"], debian: ["ceph-mon"] },
  "ceph-osd": { programs: ["ceph-osd"], debian: ["ceph-osd"] },
  "ceph-common": { programs: ["ceph"], debian: ["ceph-common"] },
  // Its promtool checks alert rules.
  prometheus: { programs: ["promtool"], debian: ["prometheus"] },
  coturn: { programs: ["turnserver"], debian: ["coturn"] },
  caddy: { programs: ["caddy"], debian: ["caddy"] },
  nginx: { programs: ["nginx"], debian: ["nginx-light"] },
  // Version 1, which checks a file without Docker.
  "docker-compose": { programs: ["docker-compose"], debian: ["docker-compose"] },
  systemd: { programs: ["systemd-analyze"], debian: ["systemd"] },
  // A small certificate authority that speaks ACME.
  pebble: { programs: ["pebble"], debian: ["pebble"] },
  // The fonts are not part of Chromium, and without any a page has no text.
  chromium: { programs: ["chromium", "chromium-browser", "google-chrome"], debian: ["chromium", "fonts-liberation"] },
};

/** Installs what is missing where this is allowed (root, apt). Returns the names of what is still missing. */
export async function provide(names, say) {
  const missing = names.filter((name) => !isThere(name));
  if (missing.length === 0) return [];
  if (process.getuid?.() === 0 && find("apt-get")) {
    say(`Installing ${missing.join(" and ")}.`);
    const wanted = missing.flatMap((name) => PACKAGES[name].debian);
    await apt(["update"], say);
    await apt(["install", "--yes", "--no-install-recommends", ...wanted], say);
  }
  return missing.filter((name) => !isThere(name));
}

function isThere(name) {
  return PACKAGES[name].programs.some(find);
}

function find(program) {
  return (process.env.PATH ?? "").split(delimiter).some((folder) => folder !== "" && existsSync(join(folder, program)));
}

/** What apt says is shown where it failed. Whether the programs came is seen afterwards, whatever it says. */
async function apt(args, say) {
  // RUNLEVEL=1 tells Debian's service scripts not to start what is installed: the tests start their own, on their own ports.
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive", RUNLEVEL: "1" };
  const { ok, output } = await run("apt-get", ["--quiet", "--quiet", ...args], { env });
  if (!ok) say(output);
}
