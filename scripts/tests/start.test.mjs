import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { after, before, test } from "node:test";
import { findNpmCli } from "../steps/npm-cli.mjs";
import { ROOT } from "../steps/paths.mjs";

const NOT_CLONED = new Set(["node_modules", "dist", ".git", "data", ".data", ".scratch"]);

/** Installing and building on a slow machine; a start that hangs is a failure and not a wait. */
const PATIENCE = { timeout: 240_000 };

let folder;
let clone;
const started = new Set();

before(() => {
  folder = mkdtempSync(join(tmpdir(), "parley start "));
  clone = join(folder, "a fresh clone");
  cpSync(ROOT, clone, { recursive: true, filter: (source) => source === ROOT || !NOT_CLONED.has(basename(source)) });
});

after(() => {
  for (const { pid } of started) killGroup(pid, "SIGKILL");
  rmSync(folder, { recursive: true, force: true });
});

test(
  "a fresh clone in a folder with spaces installs, builds, tells what one has to know, and serves",
  PATIENCE,
  async () => {
    const server = npmStart("--port", "0");
    const address = await server.address();
    assert.match(server.printed(), /Installing packages/);
    assert.match(server.printed(), /\b([A-Z2-7]{4}-){12}[A-Z2-7]{4}\b/, "the fingerprint");
    assert.match(server.printed(), /\b([A-Z2-7]{5} ){3}[A-Z2-7]{5}\b/, "its short code");
    assert.ok(server.printed().includes(join(clone, "data")), "where the data is");
    assert.match(server.printed(), /regist/i, "how to make the first account");
    assert.match(server.printed(), /open/i, "that anybody may register");
    assert.equal((await fetch(new URL("/healthz", address))).status, 200);
    assert.match(await (await fetch(address)).text(), /<!doctype html>/i);

    // What a service manager does: it knows npm and no other process.
    server.child.kill("SIGTERM");
    assert.equal(await server.exitCode(), 0);
  },
);

test("the second start builds nothing, is the same server, and ends with 0 on Ctrl+C", PATIENCE, async (t) => {
  const began = performance.now();
  const server = npmStart("--port", "0");
  const address = await server.address();
  t.diagnostic(`ready after ${Math.round(performance.now() - began)} ms, npm included`);
  assert.doesNotMatch(server.printed(), /Installing|Building/);
  assert.equal((await fetch(new URL("/healthz", address))).status, 200);

  // What a terminal does: everything in the foreground gets the signal.
  killGroup(server.child.pid, "SIGINT");
  assert.equal(await server.exitCode(), 0);
});

test("arguments reach the server, and its exit code comes back", PATIENCE, async () => {
  const server = npmStart("--no-such-option");
  assert.notEqual(await server.exitCode(), 0);
  assert.match(server.printed(), /--no-such-option/);
});

function npmStart(...args) {
  const env = { ...process.env };
  for (const name of Object.keys(env)) if (/^(npm_|NODE_TEST|NODE_OPTIONS$|PARLEY_|CI$)/i.test(name)) delete env[name];
  const child = spawn(process.execPath, [findNpmCli(), "start", "--", ...args], { cwd: clone, env, detached: true });
  started.add(child);
  let printed = "";
  child.stdout.on("data", (chunk) => {
    printed += chunk;
  });
  child.stderr.on("data", (chunk) => {
    printed += chunk;
  });
  const exit = once(child, "close").then(([code, signal]) => {
    started.delete(child);
    return code ?? signal;
  });
  return {
    child,
    printed: () => printed,
    exitCode: () => exit,
    async address() {
      for (;;) {
        const address = printed.match(/http:\/\/127\.0\.0\.1:\d+/);
        if (address !== null) return address[0];
        const ended = await Promise.race([once(child.stdout, "data").then(() => undefined), exit]);
        assert.equal(ended, undefined, `npm start ended with ${ended}:\n${printed}`);
      }
    },
  };
}

function killGroup(pid, signal) {
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if (error.code !== "ESRCH") throw error;
  }
}
