import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { ROOT } from "../steps/paths.mjs";
import { run } from "../steps/run.mjs";
import { runNode } from "../steps/run-node.mjs";

const MAIN = join(ROOT, "server", "dist", "src", "main.js");
const LAN = ["--address", "10.1.2.3", "--registration", "invite", "--lan", "10.1.0.0/16", "--listen", "10.1.2.3"];

let root;
before(async () => {
  root = await mkdtemp(join(tmpdir(), "parley compose "));
});
after(() => rm(root, { recursive: true, force: true }));

async function init(name, ...args) {
  const folder = join(root, name);
  const { ok, output } = await runNode(MAIN, ["init", "--folder", folder, ...args]);
  assert.ok(ok, output);
  return folder;
}

/** What Docker Compose understands of a folder, as it would start it. */
async function composed(folder) {
  const { COMPOSE_PROFILES: _, ...env } = process.env;
  const { ok, output } = await run("docker-compose", ["config"], { cwd: folder, env });
  assert.ok(ok, output);
  return output;
}

/** The lines of a service, as `docker-compose config` writes them. */
function serviceIn(text, name) {
  const found = new RegExp(`^ {2}${name}:\\n((?: {4}.*\\n?)+)`, "m").exec(text.slice(text.indexOf("\nservices:")));
  assert.ok(found, `${name} in\n${text}`);
  return found[1];
}

test("[NODE-11] Compose takes what init wrote: every service without rights, with its own data and configuration", async () => {
  const folder = await init("all", ...LAN, "--certificate", "selfsigned");
  const text = await composed(folder);
  for (const name of ["parley", "pika", "minio", "caddy", "coturn"]) {
    const service = serviceIn(text, name);
    assert.match(service, /^ {4}read_only: true$/m, name);
    assert.match(service, /cap_drop:\n {4}- ALL/, name);
    assert.match(service, /no-new-privileges:true/, name);
    assert.match(service, /^ {4}user: '?[1-9]\d*:[1-9]\d*'?$/m, name);
    // Every file that is mounted is there: Docker would make an empty folder in its place.
    const mounts = [...service.matchAll(/^ {4}- (\/.*?):\/\S+:(ro|rw)$/gm)].map(([, source]) => source);
    assert.ok(mounts.length > 0, name);
    assert.deepEqual(
      mounts.filter((source) => !source.startsWith(folder) || !existsSync(source)),
      [],
      name,
    );
  }
  const published = [...text.matchAll(/published: (\S+)/g)].map(([, port]) => port);
  // Of the server and the object store this machine alone.
  assert.deepEqual(published.sort(), ["443", "80"]);
  assert.match(serviceIn(text, "parley"), /- 127\.0\.0\.1:7780:7780\/tcp/);
  assert.match(serviceIn(text, "minio"), /- 127\.0\.0\.1:9000:9000\/tcp/);
  assert.doesNotMatch(serviceIn(text, "pika"), /ports:/);
  assert.match(serviceIn(text, "coturn"), /network_mode: host/);
});

test("[NODE-11] what is not asked for does not run", async () => {
  const folder = await init("proxy", ...LAN.slice(0, 4), "--calls", "off", "--certificate", "proxy");
  const env = await readFile(join(folder, ".env"), "utf8");
  assert.match(env, /^COMPOSE_PROFILES=$/m);
  const { output } = await run("docker-compose", ["config", "--services"], { cwd: folder, env: process.env });
  for (const name of ["parley", "pika", "minio"]) assert.ok(output.split("\n").includes(name), output);
  await composed(folder);
});

/** Until it has printed this. It is killed when the test ends. */
async function started(t, program, args, env, pattern) {
  const child = spawn(program, args, { env, stdio: ["ignore", "pipe", "pipe"] });
  t.after(() => child.kill("SIGKILL"));
  let printed = "";
  child.stderr.on("data", (chunk) => {
    printed += chunk;
  });
  const ended = once(child, "exit");
  while (!pattern.test(printed)) {
    const [chunk, code] = await Promise.race([once(child.stdout, "data"), ended.then((end) => [null, ...end])]);
    assert.notEqual(chunk, null, `ended with ${code}: ${printed}`);
    printed += chunk;
  }
  return printed;
}

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  await once(server.close(), "close");
  return port;
}

test("[NODE-11] a server starts with these settings, on a store that asks for the password of pika.conf", async (t) => {
  const folder = await init("start", ...LAN, "--certificate", "selfsigned", "--name", "Our chat");
  const lines = (await readFile(join(folder, "parley.env"), "utf8"))
    .split("\n")
    .filter((line) => /^PARLEY_/.test(line));
  const settings = Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]),
  );
  const [, password] = /^requirepass : (\S+)$/m.exec(await readFile(join(folder, "pika.conf"), "utf8"));
  const port = String(await freePort());
  const store = ["--port", port, "--bind", "127.0.0.1", "--requirepass", password, "--dir", folder];
  await started(t, "redis-server", [...store, "--appendonly", "yes"], process.env, /Ready to accept connections/);
  const env = {
    ...settings,
    // In place of what is only between containers; the object store is not there, which a server survives.
    PARLEY_STORE: settings.PARLEY_STORE.replace("pika:9221", `127.0.0.1:${port}`),
    PARLEY_OBJECTS_ENDPOINT: "http://127.0.0.1:9",
    PARLEY_HOST: "127.0.0.1",
    PARLEY_PORT: "0",
    PARLEY_DATA: join(folder, "data", "parley"),
  };
  const printed = await started(t, process.execPath, [MAIN], env, /^Owner .*\n/m);
  assert.match(printed, /^Accounts +by invite/m);
  assert.ok(!printed.includes(password));
});

test("[NODE-11] [CALL-2] coturn starts with what init wrote", async (t) => {
  const folder = await init("relay", ...LAN.slice(0, -1), "127.0.0.1", "--certificate", "selfsigned");
  const text = await readFile(join(folder, "turnserver.conf"), "utf8");
  const place = text.replace("listening-port=3478", `listening-port=${await freePort()}`);
  const config = join(folder, "here.conf");
  await writeFile(config, place.replace("pidfile=/tmp/", `pidfile=${folder}/`), { mode: 0o600 });
  await started(t, "turnserver", ["-c", config], process.env, /Total General servers/);
});

test("[NODE-11] without a prepared folder Compose says what to do", async () => {
  const { ok, output } = await run("docker-compose", ["--file", join(ROOT, "deploy", "compose.yml"), "config"], {
    cwd: root,
  });
  assert.ok(!ok);
  assert.match(output, /run parley init/);
});
