import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdir, writeFile } from "node:fs/promises";
import { request } from "node:http";
import { connect } from "node:net";
import { join } from "node:path";
import { after, test } from "node:test";
import { removeTemporaryFolders, temporaryFolder } from "./_util/folder.ts";
import { startGateway, type TestGateway } from "./_util/gateway.ts";
import { tryUpgrade } from "./_util/upgrade.ts";

const web = await temporaryFolder();
await mkdir(join(web, "assets"));
await writeFile(join(web, "index.html"), "<!doctype html><title>Parley</title>");
await writeFile(join(web, "assets", "app-1a2b.js"), `export const text = "${"x".repeat(5_000)}";`);
await writeFile(join(web, "..", "parley-secret.txt"), "secret");

const gateway: TestGateway = await startGateway({ settings: { web } });
after(async () => {
  await gateway.close();
  await removeTemporaryFolders();
});

const get = (path: string, init?: RequestInit) => fetch(gateway.url + path, init);

/** Like `get`, but with the path as it is written. */
async function getRaw(path: string): Promise<number> {
  const { hostname, port } = new URL(gateway.url);
  const [response] = await once(request({ hostname, port, path, agent: false }).end(), "response");
  response.resume();
  return response.statusCode;
}

test("every answer carries the strict headers", async () => {
  for (const path of ["/", "/assets/app-1a2b.js", "/healthz", "/.well-known/imsc.json", "/none.js"]) {
    const { headers } = await get(path);
    const policy = headers.get("content-security-policy") ?? "";
    assert.match(policy, /default-src 'none'/, path);
    assert.match(policy, /script-src 'self' 'wasm-unsafe-eval'(;|$)/);
    assert.match(policy, /connect-src 'self' ws: wss:/);
    assert.match(policy, /worker-src 'self'/);
    assert.match(policy, /frame-ancestors 'none'/);
    assert.doesNotMatch(policy, /unsafe-inline/);
    assert.equal(headers.get("x-content-type-options"), "nosniff");
    assert.equal(headers.get("referrer-policy"), "no-referrer");
    assert.equal(headers.get("x-dns-prefetch-control"), "off");
  }
});

test("files with a hash in their name are kept for ever, the page is asked for anew", async () => {
  const asset = await get("/assets/app-1a2b.js");
  assert.equal(asset.headers.get("cache-control"), "public, max-age=31536000, immutable");
  assert.equal(asset.headers.get("content-type"), "text/javascript; charset=utf-8");
  assert.equal(asset.headers.get("content-encoding"), "gzip");
  assert.match(await asset.text(), /^export const text/);
  const plain = await get("/assets/app-1a2b.js", { headers: { "accept-encoding": "identity" } });
  assert.equal(plain.headers.get("content-encoding"), null);
  const page = await get("/");
  assert.equal(page.headers.get("cache-control"), "no-cache");
});

test("every path of the app is its page; a file that is not there is not", async () => {
  for (const path of ["/", "/chat/abc", "/chat/abc/17"]) {
    const response = await get(path);
    assert.equal(response.status, 200);
    assert.match(await response.text(), /<title>Parley/);
  }
  for (const path of ["/assets/gone.js", "/favicon.ico"]) assert.equal((await get(path)).status, 404, path);
  assert.equal((await get("/", { method: "HEAD" })).status, 200);
  assert.equal((await get("/", { method: "POST" })).status, 404);
});

test("no path leads out of the folder", async () => {
  for (const path of ["/../parley-secret.txt", "/%2e%2e/parley-secret.txt", "/assets/..%2f..%2fparley-secret.txt"]) {
    assert.equal(await getRaw(path), 404, path);
  }
});

test("health, readiness and the public hint", async () => {
  assert.equal((await get("/healthz")).status, 200);
  assert.equal((await get("/readyz")).status, 200);
  const hint = (await (await get("/.well-known/imsc.json")).json()) as Record<string, unknown>;
  assert.deepEqual(Object.keys(hint).sort(), ["fp", "identity", "v", "ws"]);
  assert.deepEqual([hint.v, hint.ws, hint.fp], [1, "/ws", gateway.fingerprint]);
  assert.equal((await get("/ws")).status, 426);
});

test("headers over 8 KiB end the request", async () => {
  const response = await get("/", { headers: { "x-filler": "x".repeat(9_000) } });
  assert.equal(response.status, 431);
});

test("[NET-7] sockets that ask for nothing are bounded by address, and those that have become a WebSocket are none of them", async () => {
  const limits = { plainSocketsPerAddress: 2, plainSockets: 100 };
  for (const settings of [{ web }, { web, tls: "selfsigned" as const }]) {
    const bounded = await startGateway({ settings, limits });
    const open = async () => {
      const socket = connect(bounded.port, "127.0.0.1").resume();
      const closed = once(socket, "close");
      socket.on("error", () => {});
      await once(socket, "connect");
      return { socket, closed };
    };
    const upgrade = () => tryUpgrade(bounded.wsUrl, ["imsc.v1"]);
    const upgrades = [await upgrade(), await upgrade(), await upgrade()];
    assert.deepEqual(
      upgrades.map(({ status }) => status),
      [101, 101, 101],
    );
    const held = [await open(), await open()];
    await (await open()).closed;
    for (const { socket } of held) socket.destroy();
    while ((await upgrade()).status !== 101) await new Promise((resolve) => setImmediate(resolve));
    await bounded.close();
  }
});

test("garbage on the socket is answered and closed", async () => {
  const socket = connect(Number(new URL(gateway.url).port), "127.0.0.1");
  socket.end("\x16\x03\x01 not http\r\n\r\n");
  const [answer] = await once(socket, "data");
  assert.match(String(answer), /^HTTP\/1\.1 400/);
  await once(socket, "close");
});

test("a self-signed listener serves over TLS, with a certificate that is kept", async () => {
  const data = await temporaryFolder();
  const certificate = async () => {
    const node = await startGateway({ settings: { tls: "selfsigned", data, web } });
    try {
      const { connect: connectTls } = await import("node:tls");
      const socket = connectTls({ port: node.port, host: "127.0.0.1", rejectUnauthorized: false });
      await once(socket, "secureConnect");
      const { fingerprint256, subjectaltname } = socket.getPeerCertificate();
      socket.destroy();
      assert.match(subjectaltname ?? "", /DNS:localhost, IP Address:127\.0\.0\.1/);
      return fingerprint256;
    } finally {
      await node.close();
    }
  };
  assert.equal(await certificate(), await certificate());
});

test("[NODE-4] /locate tells the node to go to, to pages of any origin, and says so when there is none", async () => {
  let node: string | null = "https://n1.example";
  const located = await startGateway({ settings: { web }, locate: () => node });
  try {
    const ask = (init?: RequestInit) => fetch(`${located.url}/locate`, init);
    const answer = await ask({ headers: { origin: "https://elsewhere.example" } });
    assert.deepEqual([answer.status, await answer.json()], [200, { url: "https://n1.example" }]);
    assert.equal(answer.headers.get("access-control-allow-origin"), "*");
    assert.equal(answer.headers.get("access-control-allow-credentials"), null);
    assert.equal(answer.headers.get("cache-control"), "no-store");
    assert.equal((await fetch(`${located.url}/locate?from=me`)).status, 200);
    const asked = await ask({ method: "OPTIONS", headers: { origin: "https://elsewhere.example" } });
    assert.deepEqual([asked.status, asked.headers.get("access-control-allow-origin")], [204, "*"]);
    const posted = await ask({ method: "POST", body: "{}" });
    assert.deepEqual([posted.status, posted.headers.get("allow")], [405, "GET, HEAD"]);
    node = null;
    const none = await ask();
    assert.deepEqual([none.status, none.headers.get("retry-after")], [503, "3"]);
    assert.deepEqual(await none.json(), { error: { name: "NO_NODE", retry: true, retryAfterMs: 3_000 } });
  } finally {
    await located.close();
  }
});

test("[NODE-4] /locate is told to an address only so often", async () => {
  const limits = { locateBurst: 3, locatesPerSecond: 0.001 };
  const strict = await startGateway({ settings: { web }, locate: () => "https://n1.example", limits });
  try {
    for (let n = 0; n < 3; n++) assert.equal((await fetch(`${strict.url}/locate`)).status, 200);
    const late = await fetch(`${strict.url}/locate`);
    assert.equal(late.status, 429);
    assert.ok(Number(late.headers.get("retry-after")) > 0);
    assert.match(await late.text(), /"name":"RATE_LIMITED"/);
  } finally {
    await strict.close();
  }
});
