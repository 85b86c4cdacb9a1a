import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:net";
import { after, before, test } from "node:test";
import { checkRelay, type Finding } from "../src/check/check.ts";
import { parseTurnUrl } from "../src/credentials.ts";
import { type Coturn, startCoturn } from "./_util/coturn.ts";
import { freePort } from "./_util/free-ports.ts";

const PATIENCE_MS = 20_000;
/** Where the end of patience is what is tested. */
const IMPATIENT_MS = 300;
const HOUR_MS = 3_600_000;

let relay: Coturn;
let strict: Coturn;

before(async () => {
  [relay, strict] = await Promise.all([startCoturn({ tls: true }), startCoturn({ allowLoopback: false })]);
});
after(() => Promise.all([relay?.stop(), strict?.stop()]));

interface Changes {
  readonly secret?: string;
  readonly now?: () => number;
  readonly patienceMs?: number;
  readonly ca?: string;
}

async function check(url: string, changes: Changes = {}) {
  const findings: Finding[] = [];
  const good = await checkRelay({
    urls: [parseTurnUrl(url)],
    secret: relay.secret,
    now: Date.now,
    patienceMs: PATIENCE_MS,
    tell: (finding) => findings.push(finding),
    ...changes,
  });
  const texts = (outcome: Finding["outcome"]) =>
    findings
      .filter((finding) => finding.outcome === outcome)
      .map(({ text }) => text)
      .join("\n");
  return { good, ok: texts("ok"), failed: texts("failed"), warning: texts("warning"), unproven: texts("unproven") };
}

test("the self-test finds a relay good over UDP and TCP, and says what it cannot know from here", async () => {
  const { good, ok, failed, warning, unproven } = await check(relay.url);
  assert.ok(good, failed);
  assert.match(ok, /^UDP .*relay to relay, both ways/m);
  assert.match(ok, /^TCP .*relay to relay, both ways/m);
  assert.match(ok, /refuses to send to 169\.254\.169\.254/);
  assert.match(warning, /would send to 127\.0\.0\.1/);
  assert.match(unproven, /127\.0\.0\.1 is for this network only/);
  assert.match(unproven, /the machine of the relay itself. Run this check once more from a machine outside/);
});

test("the self-test over TLS wants a certificate that browsers would take", async () => {
  const url = relay.tlsUrl ?? "";
  const { good, failed } = await check(url);
  assert.equal(good, false);
  assert.match(failed, /TLS handshake failed .*certificate/);
  const known = await check(url, { ca: await readFile(relay.caFile ?? "", "utf8") });
  assert.ok(known.good, known.failed);
  assert.match(known.ok, /^TLS .*both ways/m);
});

test("the self-test says in words that nothing listens there", async () => {
  const port = await freePort();
  const { failed } = await check(`turn:127.0.0.1:${port}`);
  assert.match(failed, new RegExp(`UDP .*Nothing listens on port ${port} for UDP`));
  assert.match(failed, new RegExp(`TCP .*Nothing listens on port ${port} for TCP`));
});

test("the self-test says in words that no answer comes", async () => {
  const silent = createSocket("udp4").bind(0, "127.0.0.1");
  await once(silent, "listening");
  const { failed } = await check(`turn:127.0.0.1:${silent.address().port}?transport=udp`, { patienceMs: IMPATIENT_MS });
  silent.close();
  assert.match(failed, /No answer over UDP .*firewall/);
});

test("the self-test says in words that something else listens there", async () => {
  const web = createServer((socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n")).listen(0, "127.0.0.1");
  await once(web, "listening");
  const { port } = web.address() as { port: number };
  const { failed } = await check(`turn:127.0.0.1:${port}?transport=tcp`);
  web.close();
  assert.match(failed, /is no TURN server/);
});

test("the self-test tells another secret from a clock that is off", async () => {
  const secret = await check(relay.url, { secret: "y".repeat(43) });
  assert.match(secret.failed, /this secret is not the relay's/);
  assert.doesNotMatch(secret.failed, /clock/);
  const clock = await check(relay.url, { now: () => Date.now() - HOUR_MS });
  assert.match(clock.failed, /the secret is right: the relay's clock is ahead/);
});

test("the self-test says in words that the relay does not send to an address", async () => {
  const { good, failed, unproven } = await check(strict.url, { secret: strict.secret });
  assert.equal(good, false);
  assert.match(failed, /refuses to send to 127\.0\.0\.1 \(403 Forbidden IP\).*--external-ip.*--allow-peers/);
  assert.match(unproven, /Whether the relay ports are open/);
});
