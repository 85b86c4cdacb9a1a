import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TurnClient } from "../../src/check/turn-client.ts";
import { renderCoturnConfig } from "../../src/config.ts";
import { TEMPLATE_FILE } from "../../src/coturn.ts";
import { parseTurnUrl, turnCredentials } from "../../src/credentials.ts";
import type { CoturnAsked, CoturnTold } from "./coturn.ts";
import { freePort, relayPorts } from "./free-ports.ts";

/**
 * The parent of one coturn, for the tests of all packages: `fork` this file, send it a `CoturnAsked`, get a `CoturnTold`. coturn ends
 * with this process, which ends with the test that forked it, however that ends; so the folder, too, is always removed.
 */

/** What coturn says is shown when the start fails. */
const MAX_PRINTED = 20_000;
/** On an idle machine a start takes a third of a second. */
const READY_MS = 60_000;
/** As many allocations as any test has at once, and some more. */
const RELAY_PORTS = 200;

const folder = await mkdtemp(join(tmpdir(), "parley-coturn-"));
let coturn: ChildProcess | undefined;
let printed = "";
let ending = false;

async function end(): Promise<void> {
  if (ending) return;
  ending = true;
  if (coturn !== undefined && coturn.exitCode === null && coturn.signalCode === null) {
    const ended = once(coturn, "exit");
    coturn.kill("SIGKILL");
    await ended;
  }
  await rm(folder, { recursive: true, force: true });
  process.exit();
}

function tell(message: CoturnTold): void {
  if (process.connected) process.send?.(message);
}

async function fail(reason: string): Promise<void> {
  tell({ failed: `${reason}\n${printed}` });
  await end();
}

async function launch(configFile: string): Promise<void> {
  const child = spawn("turnserver", ["-c", configFile], { stdio: ["ignore", "pipe", "pipe"] });
  coturn = child;
  const keep = (chunk: Buffer) => {
    printed = (printed + chunk.toString()).slice(-MAX_PRINTED);
  };
  child.stderr.on("data", keep);
  await new Promise<void>((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code, signal) => {
      reject(new Error(`turnserver ended: ${code ?? signal}`));
      if (!ending) void fail(`turnserver ended: ${code ?? signal}`);
    });
    child.stdout.on("data", (chunk: Buffer) => {
      keep(chunk);
      if (printed.includes("Total General servers")) resolve();
    });
  });
}

async function start(asked: CoturnAsked): Promise<void> {
  const { allowLoopback = true, allowedPeers = allowLoopback ? ["127.0.0.0/8"] : [] } = asked;
  const secret = randomBytes(32).toString("base64url");
  const secretFile = join(folder, "secret");
  await writeFile(secretFile, `${secret}\n`, { mode: 0o600 });
  const port = await freePort();
  const tls = asked.tls === true ? await certificateFiles() : undefined;
  const settings = {
    listen: asked.ipv6 === true ? ["127.0.0.1", "::1"] : ["127.0.0.1"],
    port,
    external: asked.external === undefined ? [] : [{ outside: asked.external, inside: "127.0.0.1" }],
    relayPorts: relayPorts(RELAY_PORTS),
    tls,
    realm: "parley.test",
    secret,
    userQuota: asked.userQuota ?? RELAY_PORTS,
    totalQuota: RELAY_PORTS,
    bytesPerSecond: 10_000_000,
    capacityBytesPerSecond: 0,
    allowedPeers,
    allowLoopback,
    folder,
  };
  const configFile = join(folder, "turnserver.conf");
  await writeFile(configFile, renderCoturnConfig(await readFile(TEMPLATE_FILE, "utf8"), settings), { mode: 0o600 });
  await launch(configFile);
  const url = `turn:127.0.0.1:${port}`;
  await proveReady(url, secret);
  tell({
    url,
    secret,
    secretFile,
    ...(tls === undefined ? {} : { tlsUrl: `turns:127.0.0.1:${tls.port}`, caFile: tls.certFile }),
  });
}

async function certificateFiles(): Promise<{ port: number; certFile: string; keyFile: string }> {
  // Loaded here, since most tests do without TLS.
  const { loopbackCertificate } = await import("./certificate.ts");
  const { cert, key } = await loopbackCertificate();
  const certFile = join(folder, "cert.pem");
  const keyFile = join(folder, "key.pem");
  await writeFile(certFile, cert);
  await writeFile(keyFile, key);
  await chmod(keyFile, 0o600);
  return { port: await freePort(), certFile, keyFile };
}

/** What coturn prints does not tell whether the thread that checks credentials runs already; an allocation does. */
async function proveReady(url: string, secret: string): Promise<void> {
  const credentials = turnCredentials({ secret, userId: "parley ready", nowMs: Date.now() });
  const client = await TurnClient.open({ url: parseTurnUrl(url), credentials, patienceMs: READY_MS });
  await client.allocate();
  await client.release();
  client.close();
}

process.once("disconnect", () => void end());
// These reach the whole group: what is here goes when the test has gone, and orderly.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => {});
if (!process.connected) void end();
process.once("message", (asked: CoturnAsked) => {
  const late = setTimeout(() => void fail("Not ready in time."), READY_MS);
  start(asked)
    .catch((error: Error) => fail(error.message))
    .finally(() => clearTimeout(late));
});
