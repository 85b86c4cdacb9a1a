import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RgwAsked, RgwTold } from "./rgw.ts";

/**
 * The parent of the daemons of one Ceph object gateway. They end with this process, which ends with the test that forked it,
 * however that ends; so the folder, too, is always removed.
 */

/** What a daemon says is shown when the start fails. */
const MAX_PRINTED = 20_000;
/** On an idle machine a start takes two seconds; this is for one with two cores and much else to do. */
const READY_MS = 90_000;
/** Between two looks at what offers no event. */
const LOOK_MS = 25;

const daemons = new Set<ChildProcess>();
let printed = "";
let ending = false;

function keep(chunk: Buffer): void {
  printed = (printed + chunk.toString()).slice(-MAX_PRINTED);
}

function launch(program: string, args: readonly string[]): ChildProcess {
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"] });
  child.stdout.on("data", keep);
  child.stderr.on("data", keep);
  return child;
}

/** Runs a daemon in the foreground. One that ends on its own takes the others with it. */
function daemon(program: string, args: readonly string[]): ChildProcess {
  const child = launch(program, [...args, "-f"]);
  daemons.add(child);
  child.once("error", (error) => fail(`${program}: ${error.message}`));
  child.once("exit", (code, signal) => {
    daemons.delete(child);
    if (!ending) void fail(`${program} ended: ${code ?? signal}`);
  });
  return child;
}

async function command(program: string, args: readonly string[]): Promise<void> {
  const child = launch(program, args);
  daemons.add(child);
  const [code] = (await once(child, "close")) as [number | null];
  daemons.delete(child);
  if (code !== 0) throw new Error(`${program} ${args[0] ?? ""} ended: ${code}`);
}

const folder = await mkdtemp(join(tmpdir(), "parley-rgw-"));

async function end(): Promise<void> {
  if (ending) return;
  ending = true;
  await Promise.all(
    [...daemons].map(async (child) => {
      const ended = child.exitCode !== null || child.signalCode !== null ? null : once(child, "exit");
      child.kill("SIGKILL");
      await ended;
    }),
  );
  await rm(folder, { recursive: true, force: true });
  process.exit();
}

function tell(message: RgwTold): void {
  if (process.connected) process.send?.(message);
}

async function fail(reason: string): Promise<void> {
  tell({ failed: `${reason}\n${printed}` });
  await end();
}

/** Given by the system, and different from each other. */
async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer().listen(0, "127.0.0.1");
      await once(server, "listening");
      return server;
    }),
  );
  return Promise.all(
    servers.map(async (server) => {
      const { port } = server.address() as { port: number };
      server.close();
      await once(server, "close");
      return port;
    }),
  );
}

/** One monitor, one OSD in memory, no authentication between them: nothing but what the gateway cannot do without. */
function settings(id: string, mon: string): string {
  return `[global]
fsid = ${id}
mon host = ${mon}
auth cluster required = none
auth service required = none
auth client required = none
ms mon client mode = crc
ms bind ipv6 = false
public addr = 127.0.0.1
cluster addr = 127.0.0.1
run dir = ${folder}
log file = /dev/null
admin socket = ${folder}/$name.asok
pid file =
crash dir = ${folder}
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 1
osd pool default pgp num = 1
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0
[mon]
mon data = ${folder}/mon
mon allow pool size one = true
mon max pg per osd = 1000
mon data avail warn = 1
mon data avail crit = 1
paxos propose interval = 0.02
[osd]
osd data = ${folder}/osd
osd objectstore = memstore
memstore device bytes = 2147483648
[client.rgw.a]
rgw data = ${folder}/rgw
rgw rados pool pg num min = 1
`;
}

async function start({ accessKey, secretKey, guestKey }: RgwAsked): Promise<void> {
  const [s3 = 0, v2 = 0, v1 = 0] = await freePorts(3);
  const mon = `[v2:127.0.0.1:${v2},v1:127.0.0.1:${v1}]`;
  const id = randomUUID();
  const file = join(folder, "ceph.conf");
  await Promise.all(["mon", "osd", "rgw"].map((name) => mkdir(join(folder, name))));
  await writeFile(file, settings(id, mon));
  const monmap = join(folder, "monmap");
  await command("monmaptool", ["--create", "--fsid", id, "--addv", "a", mon, monmap]);
  await command("ceph-mon", ["--conf", file, "--mkfs", "-i", "a", "--monmap", monmap]);
  daemon("ceph-mon", ["--conf", file, "-i", "a"]);
  await command("ceph", ["--conf", file, "osd", "create"]);
  await command("ceph-osd", ["--conf", file, "-i", "0", "--mkfs"]);
  daemon("ceph-osd", ["--conf", file, "-i", "0"]);
  const user = ["--uid", "parley", "--display-name", "parley", "--access-key", accessKey, "--secret-key", secretKey];
  await command("radosgw-admin", ["--conf", file, "user", "create", ...user]);
  const guest = ["--uid", "guest", "--display-name", "guest", "--access-key", guestKey, "--secret-key", secretKey];
  const guestReady = command("radosgw-admin", ["--conf", file, "user", "create", ...guest, "--max-buckets=-1"]);
  // Without the delays that small answers otherwise wait for.
  const frontend = `beast endpoint=127.0.0.1:${s3} tcp_nodelay=1`;
  const gateway = daemon("radosgw", ["--conf", file, "-n", "client.rgw.a", "--rgw-frontends", frontend]);
  const url = `http://127.0.0.1:${s3}`;
  await guestReady;
  while (!(await answers(url))) await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  tell({ url, pid: gateway.pid ?? 0 });
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url, { signal: AbortSignal.timeout(5_000) })).ok;
  } catch {
    return false;
  }
}

process.once("disconnect", () => void end());
// These reach the whole group: what is here goes when the test has gone, and orderly.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => {});
if (!process.connected) void end();
process.once("message", (asked: RgwAsked) => {
  const late = setTimeout(() => void fail("Not ready in time."), READY_MS);
  start(asked)
    .catch((error: Error) => fail(error.message))
    .finally(() => clearTimeout(late));
});
