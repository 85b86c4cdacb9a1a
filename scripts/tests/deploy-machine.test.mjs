import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { ROOT } from "../steps/paths.mjs";
import { run } from "../steps/run.mjs";
import { runNode } from "../steps/run-node.mjs";

/** As in the image, where this test may become somebody else. */
const OTHER = process.getuid?.() === 0 ? { uid: 10_001, gid: 10_001 } : {};

let folder;
/** Where the archive was unpacked. */
let place;
const started = new Set();

before(async () => {
  // Not the tests' own folder, which nobody else may enter.
  folder = await mkdtemp("/tmp/parley machine ");
  await chmod(folder, 0o755);
  const { ok, output } = await runNode(join(ROOT, "scripts", "archive.mjs"), ["--out", folder]);
  assert.ok(ok, output);
  const archive = output.split("\n").at(-1);
  const unpacked = await run("tar", ["-xzf", archive, "-C", folder], {});
  assert.ok(unpacked.ok, unpacked.output);
  place = archive.replace(/\.tar\.gz$/, "");
});
after(async () => {
  for (const child of started) child.kill("SIGKILL");
  await rm(folder, { recursive: true, force: true });
});

/** A server, from its first line on; the environment has nothing but what is given. */
async function serve(program, env, options = {}) {
  const child = spawn(program, ["--port", "0"], { ...options, env });
  started.add(child);
  let printed = "";
  const exit = once(child, "exit").then(([code, signal]) => {
    started.delete(child);
    return code ?? signal;
  });
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk) => {
      printed += chunk;
    });
  }
  const line = () => printed.match(/^Parley\s+(http:\S+)/m);
  while (line() === null) {
    const ended = await Promise.race([once(child.stdout, "data").then(() => undefined), exit]);
    assert.equal(ended, undefined, printed);
  }
  return {
    url: line()[1],
    async stop() {
      child.kill("SIGTERM");
      return exit;
    },
  };
}

test("[NODE-11] the archive runs by itself, where there is no Node", async () => {
  const tools = join(folder, "tools");
  await mkdir(tools);
  for (const name of ["dirname", "readlink"]) await symlink(`/usr/bin/${name}`, join(tools, name));
  const server = await serve(join(place, "parley"), { PATH: tools, PARLEY_DATA: join(folder, "data") });
  assert.equal((await fetch(new URL("/readyz", server.url))).status, 200);
  assert.match(await (await fetch(server.url)).text(), /<!doctype html>/i);
  assert.equal(await server.stop(), 0);
});

test("[NODE-11] `parley init` of the archive speaks of no clone", async () => {
  const answers = [
    "--address",
    "10.0.0.1",
    "--certificate",
    "selfsigned",
    "--registration",
    "invite",
    "--calls",
    "off",
  ];
  const target = join(folder, "made");
  const { ok, output } = await run(join(place, "parley"), ["init", ...answers, "--folder", target], {});
  assert.ok(ok, output);
  assert.match(output, /docker compose up --detach$/m);
  assert.doesNotMatch(await readFile(join(target, ".env"), "utf8"), /PARLEY_SOURCE/);
});

test("[NODE-11] the image's steps, by hand: another user, who may write to the data folder only", async () => {
  const dockerfile = await readFile(join(ROOT, "deploy", "Dockerfile"), "utf8");
  // What makes the tree is what has made the archive; the rest is done here as it stands there.
  for (const line of [
    "RUN node scripts/archive.mjs --tree /parley",
    "COPY --from=build /parley /opt/parley",
    "RUN install --directory --owner=10001 --group=10001 --mode=0700 /data",
    "USER 10001:10001",
    'ENTRYPOINT ["parley"]',
  ]) {
    assert.ok(dockerfile.includes(`\n${line}\n`), line);
  }
  const data = join(folder, "image data");
  await run(
    "install",
    ["--directory", ...(OTHER.uid ? ["--owner=10001", "--group=10001"] : []), "--mode=0700", data],
    {},
  );
  const image = (text) => text.replaceAll("/opt/parley", place).replace("$PATH", "/usr/bin:/bin");
  const pairs = dockerfile
    .match(/^ENV (.*)$/m)[1]
    .split(" ")
    .map((pair) => image(pair).split("="));
  const env = { ...Object.fromEntries(pairs), PATH: `${place}:${process.env.PATH}`, PARLEY_DATA: data };
  assert.equal(env.PARLEY_HOST, "0.0.0.0");
  // The image has its own Node.
  await rm(join(place, "bin"), { recursive: true });
  const server = await serve(join(place, "parley"), { ...env, PARLEY_HOST: "127.0.0.1" }, OTHER);
  const [command, ...args] = JSON.parse(dockerfile.match(/^HEALTHCHECK .* CMD (.*)$/m)[1]).map(image);
  const healthy = () => run(command, args, { env: { ...env, PARLEY_PORT: new URL(server.url).port }, ...OTHER });
  assert.ok((await healthy()).ok);
  assert.equal(await server.stop(), 0);
  assert.ok(!(await healthy()).ok);
});

test("[NODE-11] systemd takes the unit, and finds little that it leaves open", async () => {
  const unit = await readFile(join(ROOT, "deploy", "systemd", "parley.service"), "utf8");
  const path = join(folder, "parley.service");
  const program = join(folder, "parley");
  await writeFile(program, "#!/bin/sh\n", { mode: 0o755 });
  await writeFile(path, unit.replaceAll("/opt/parley/parley", program.replaceAll(" ", "\\x20")));
  const verified = await run("systemd-analyze", ["verify", "--man=no", path], {});
  assert.deepEqual(verified, { ok: true, output: "" });
  // Of 10; a service without any hardening has 9.6.
  const secure = await run("systemd-analyze", ["security", "--offline=true", "--threshold=20", path], {});
  assert.ok(secure.ok, secure.output);
});
