import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { copyFile, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { removeTemporaryFolders, temporaryFolder } from "./_util/folder.ts";
import { spawnServer, startNode } from "./_util/node.ts";
import { turnsUntil } from "./_util/patience.ts";
import { PASSWORD, registerPerson, resumePerson } from "./_util/person.ts";
import { RawConnection } from "./_util/raw-connection.ts";
import { startRedis } from "./_util/redis.ts";
import { tryUpgrade } from "./_util/upgrade.ts";

after(removeTemporaryFolders);

const MAIN = fileURLToPath(new URL("../src/main.js", import.meta.url));

/** The program to its end: exit code and everything that it printed. */
async function parley(args: string[], environment: NodeJS.ProcessEnv = {}): Promise<{ code: number; text: string }> {
  try {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [MAIN, ...args], {
      env: { ...process.env, ...environment },
    });
    return { code: 0, text: stdout + stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, text: stdout + stderr };
  }
}

test("[NODE-1] one command serves, says what an operator needs, and ends with 0 on SIGTERM", async () => {
  const data = await temporaryFolder();
  const server = await spawnServer(["--data", data]);
  const person = await registerPerson(server.wsUrl);
  const { fp } = (await (await fetch(`${server.url}/.well-known/imsc.json`)).json()) as { fp: string };
  assert.equal(person.connection.identity?.fingerprint, fp);
  const stopped = server.stop();
  assert.equal(await person.connection.closed, 4150);
  assert.equal(await stopped, 0);
  const banner = server.output();
  for (const told of [server.url, fp, data, "--registration closed", "--host"]) assert.ok(banner.includes(told), told);
  assert.doesNotMatch(banner, new RegExp(PASSWORD));
  assert.equal((await stat(join(data, "identity", "ed25519-seed"))).mode & 0o777, 0o600);
});

test("the identity outlives a kill and is shown by a command, while the server runs too", async () => {
  const data = await temporaryFolder();
  const first = await spawnServer(["--data", data]);
  const person = await registerPerson(first.wsUrl);
  const shown = await parley(["identity", "show", "--data", data]);
  assert.equal(shown.code, 0);
  assert.ok(first.output().includes(shown.text.split("\n")[1] ?? "?"));
  await first.kill();
  const second = await spawnServer(["--data", data]);
  const again = await resumePerson(second.wsUrl, person);
  assert.equal(again.identity?.fingerprint, person.connection.identity?.fingerprint);
  await again.close();
  assert.equal(await second.stop(), 0);
});

test("what an operator got wrong is one line, without a stack", async () => {
  for (const [args, words] of [
    [["--prot", "1"], /--prot/],
    [["--port", "many"], /--port/],
    [["--imsc-mode", "off", "--host", "0.0.0.0"], /--imsc-mode/],
    [["--trusted-proxies", "10.0.0"], /--trusted-proxies/],
    [["--origins", "example"], /--origins/],
    [["--store", "redis://127.0.0.1:1/0"], /127\.0\.0\.1:1/],
    [["--tls", "files", "--tls-cert", "/none.pem", "--tls-key", "/none.pem"], /--tls-cert \/none\.pem: ENOENT/],
  ] as [string[], RegExp][]) {
    const { code, text } = await parley([...args, "--data", await temporaryFolder()]);
    assert.equal(code, 1, text);
    assert.match(text, words);
    assert.doesNotMatch(text, /\n\s+at /);
  }
});

test("a port that is taken is said in words", async () => {
  const node = await startNode();
  const { code, text } = await parley(["--port", String(node.port), "--data", await temporaryFolder()]);
  assert.equal(code, 1);
  assert.match(text, /The port is taken/);
  await node.stop();
});

test("[NODE-2] two nodes on one store show one identity, and a ticket of one resumes on the other", async () => {
  const redis = await startRedis();
  const secretFile = join(await temporaryFolder(), "secret");
  const first = await startNode({ store: redis.url });
  await copyFile(join(first.data, "secret"), secretFile);
  const second = await startNode({ store: redis.url, secretFile });
  try {
    const person = await registerPerson(first.wsUrl);
    const fingerprint = person.connection.identity?.fingerprint ?? "";
    const pin = { fingerprint, firstSeenAt: 0, verified: false, tlsSeen: false, requireImsc: false };
    const [ticket = null] = person.connection.tickets;
    const resumed = await RawConnection.open(second.wsUrl, { pin, ticket });
    const account = (await resumed.request("account.get", {})) as { userId: string };
    assert.equal(account.userId, person.userId);
    assert.equal(resumed.identity?.fingerprint, fingerprint);
    const stored = JSON.stringify([await redis.admin.get("identity"), await redis.admin.hgetall("tickets")]);
    const seed = (await readFile(join(first.data, "identity", "ed25519-seed"), "utf8")).trim();
    assert.ok(!stored.includes(seed));
    await Promise.all([person.connection.close(), resumed.close()]);
  } finally {
    await Promise.all([first.stop(), second.stop()]);
    await redis.stop();
  }
});

test("a node that is somebody else does not start on the store, until it joins", async () => {
  const redis = await startRedis();
  const first = await startNode({ store: redis.url });
  const data = await temporaryFolder();
  const alone = await startNode({ data });
  await alone.stop();
  const args = ["--data", data, "--store", redis.url, "--port", "0", "--secret-file", join(first.data, "secret")];
  try {
    const refused = await parley(args);
    assert.equal(refused.code, 1);
    assert.match(refused.text, /parley identity join/);
    assert.equal((await parley(["identity", "join", "--data", data])).code, 0);
    const joined = await spawnServer(args);
    assert.ok(joined.output().includes(first.identity.fingerprint));
    assert.equal(await joined.stop(), 0);
  } finally {
    await first.stop();
    await redis.stop();
  }
});

test("[NODE-9] a node whose store or bus is gone is alive but not ready, until it is back", async () => {
  const [redis, bus] = await Promise.all([startRedis(), startRedis()]);
  const node = await startNode({ store: redis.url, bus: bus.url });
  const status = async (path: string) => (await fetch(node.url + path)).status;
  const back = async () => {
    const isReady = async () => {
      assert.equal(await status("/healthz"), 200);
      return (await status("/readyz")) === 200;
    };
    await turnsUntil(isReady, () => "the node to be ready");
  };
  try {
    await back();
    for (const part of [bus, redis]) {
      await part.kill();
      assert.deepEqual([await status("/healthz"), await status("/readyz")], [200, 503]);
      await part.restart();
      await back();
    }
  } finally {
    await node.stop();
    await Promise.all([redis.stop(), bus.stop()]);
  }
});

test("a TLS listener carries sealed connections", async () => {
  const node = await startNode({ tls: "selfsigned" });
  const { status, protocol, socket } = await tryUpgrade(node.wsUrl, ["imsc.v1"]);
  assert.deepEqual([status, protocol], [101, "imsc.v1"]);
  socket.terminate();
  await node.stop();
});
