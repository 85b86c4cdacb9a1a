import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { freePort, relayPorts } from "./_util/free-ports.ts";

const MAIN = fileURLToPath(new URL("../src/main.js", import.meta.url));
const running = new Set<ChildProcess>();
let data: string;

before(async () => {
  data = await mkdtemp(join(tmpdir(), "parley turn "));
});
after(async () => {
  for (const child of running) child.kill("SIGTERM");
  await Promise.all([...running].map((child) => once(child, "exit")));
  await rm(data, { recursive: true, force: true });
});

/** What `npm run turn` becomes. */
function start(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const child = spawn(process.execPath, [MAIN, ...args], { env: { ...process.env, ...env } });
  running.add(child);
  let printed = "";
  const keep = (chunk: Buffer) => {
    printed += chunk.toString();
  };
  child.stdout.on("data", keep);
  child.stderr.on("data", keep);
  const ended = once(child, "close").then(([code, signal]) => {
    running.delete(child);
    return (code ?? signal) as number | string;
  });
  return {
    child,
    ended,
    printed: () => printed,
    async says(pattern: RegExp): Promise<void> {
      while (!pattern.test(printed)) {
        const over = await Promise.race([once(child.stdout, "data").then(() => undefined), ended]);
        if (over !== undefined) assert.match(printed, pattern, `ended with ${over}`);
      }
    },
  };
}

async function relay(...more: readonly string[]) {
  const port = await freePort();
  const place = ["--data", data, "--listen", "127.0.0.1", "--port", String(port)];
  const few = ["--relay-ports", relayPorts(50).join("-"), "--total-quota", "50", "--user-quota", "10"];
  const started = start([...place, ...few, "--allow-peers", "127.0.0.0/8", "--allow-loopback-peers", ...more]);
  return { port, ...started };
}

test("a first start makes a private secret, says what to do next, and what it says works; SIGTERM ends it with 0", async () => {
  const first = await relay();
  await first.says(/Total General servers/);
  const file = join(data, "turn", "secret");
  assert.ok(first.printed().includes(`--turn turn:127.0.0.1:${first.port} --turn-secret-file ${file}`));
  for (const name of ["secret", "turnserver.conf"]) {
    assert.equal((await stat(join(data, "turn", name))).mode & 0o777, 0o600, name);
  }
  const secret = await readFile(file, "utf8");
  assert.ok(!first.printed().includes(secret.trim()));

  const check = start(["check", "--server", `turn:127.0.0.1:${first.port}`, "--secret-file", file]);
  assert.equal(await check.ended, 0, check.printed());
  assert.match(check.printed(), /The relay works as far as this machine can tell/);

  first.child.kill("SIGTERM");
  assert.equal(await first.ended, 0);

  const second = await relay();
  await second.says(/Total General servers/);
  assert.equal(await readFile(file, "utf8"), secret, "the secret stays");
  second.child.kill("SIGINT");
  assert.equal(await second.ended, 0);
});

test("the self-test ends with 1 where something is wrong, and with words", async () => {
  const port = await freePort();
  const check = start(["check", "--data", data, "--server", `turn:127.0.0.1:${port}`]);
  assert.equal(await check.ended, 1);
  assert.match(check.printed(), /FAILED .*Nothing listens on port/);
});

for (const [what, args, words] of [
  ["an unknown option", ["--no-such"], /--no-such/],
  ["only private addresses", ["--listen", "10.0.0.5"], /--external-ip[\s\S]*--allow-peers/],
  ["an external address for many", ["--listen", "10.0.0.5,10.0.0.6", "--external-ip", "8.8.8.8"], /public\/private/],
  ["half of TLS", ["--listen", "8.8.8.8", "--tls-cert", "c.pem"], /--tls-key/],
  ["a certificate that is not there", ["--listen", "8.8.8.8", "--tls-cert", "/c", "--tls-key", "/k"], /no file \/c/],
  ["no server to test", ["check"], /--server/],
  ["no address to test", ["check", "--server", "http://a"], /no address of a TURN server/],
  ["a secret that is not there", ["check", "--server", "turn:a", "--secret-file", "/no/such"], /no such file/],
] as const) {
  test(`refused in a sentence, without a stack: ${what}`, async () => {
    const started = start(args);
    assert.equal(await started.ended, 1);
    assert.match(started.printed(), words);
    assert.doesNotMatch(started.printed(), /\n {4}at /);
  });
}

test("without coturn it says how to install it", async () => {
  const started = start(["--listen", "8.8.8.8"], { PATH: "/nonexistent" });
  assert.equal(await started.ended, 1);
  assert.match(started.printed(), /apt install coturn/);
});

test("a secret that is too short is refused", async () => {
  const file = join(data, "short");
  await writeFile(file, "password\n");
  const started = start(["check", "--server", "turn:127.0.0.1", "--secret-file", file]);
  assert.equal(await started.ended, 1);
  assert.match(started.printed(), /shorter than 32/);
});
