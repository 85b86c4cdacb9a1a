import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { after, afterEach, before, test } from "node:test";
import { TurnProblem } from "../src/check/problem.ts";
import { TurnClient, type TurnClientOptions } from "../src/check/turn-client.ts";
import { parseTurnUrl, turnCredentials } from "../src/credentials.ts";
import { type Coturn, startCoturn } from "./_util/coturn.ts";

/** For an answer on loopback, on a machine with much else to do. */
const PATIENCE_MS = 20_000;
/** Of credentials; they are counted from the second that runs, and an allocation on a machine that does much else takes more than what is left of it. */
const BRIEF_SECONDS = 4;
const QUOTA = 3;
/** Between two looks at what offers no event. */
const LOOK_MS = 100;

/** As self-hosters have it, but for being on loopback. */
let strict: Coturn;
/** As tests of calls have it. */
let open: Coturn;
/** As behind NAT: it knows itself by a private address, and gives out a public one. */
let behindNat: Coturn;
const OUTSIDE = "8.8.4.4";
const clients = new Set<TurnClient>();

before(async () => {
  [strict, open, behindNat] = await Promise.all([
    startCoturn({ allowLoopback: false, ipv6: true, userQuota: QUOTA }),
    startCoturn({ tls: true }),
    startCoturn({ external: OUTSIDE }),
  ]);
});
afterEach(async () => {
  await Promise.all([...clients].map((client) => client.release().catch(() => {})));
  for (const client of clients) client.close();
  clients.clear();
});
after(() => Promise.all([strict, open, behindNat].map((relay) => relay?.stop())));

interface Caller extends Partial<Omit<TurnClientOptions, "url">> {
  readonly userId?: string;
  readonly nowMs?: number;
}

async function connect(relay: Coturn, url: string, caller: Caller = {}): Promise<TurnClient> {
  // coturn counts an allocation that was given back for a moment longer: nobody meets the quota by accident.
  const { userId = randomUUID(), nowMs = Date.now(), ...rest } = caller;
  const credentials = turnCredentials({ secret: relay.secret, userId, nowMs });
  const client = await TurnClient.open({ url: parseTurnUrl(url), credentials, patienceMs: PATIENCE_MS, ...rest });
  clients.add(client);
  return client;
}

async function allocated(relay: Coturn, url = relay.url, caller: Caller = {}) {
  const client = await connect(relay, url, caller);
  return { client, ...(await client.allocate()) };
}

const refusedWith = (code: number) => (error: unknown) => {
  assert.ok(error instanceof TurnProblem, String(error));
  assert.deepEqual([error.kind, error.code], ["refused", code], error.message);
  return true;
};

for (const [name, urlOf] of [
  ["UDP", ({ url }: Coturn) => `${url}?transport=udp`],
  ["TCP", ({ url }: Coturn) => `${url}?transport=tcp`],
  ["TLS", ({ tlsUrl }: Coturn) => tlsUrl ?? ""],
] as const) {
  test(`[CALL-2] good credentials relay packets both ways over ${name}`, async () => {
    const ca = await readFile(open.caFile ?? "", "utf8");
    const a = await allocated(open, urlOf(open), { userId: "ann", ca });
    const b = await allocated(open, urlOf(open), { userId: "ben", ca });
    await a.client.permit(b.relayed.address);
    await b.client.permit(a.relayed.address);
    a.client.send(b.relayed, Buffer.from("hello"));
    assert.deepEqual(await b.client.receive(), { from: a.relayed, data: Buffer.from("hello") });
    b.client.send(a.relayed, Buffer.from("hello yourself"));
    assert.deepEqual(await a.client.receive(), { from: b.relayed, data: Buffer.from("hello yourself") });
  });
}

test("[CALL-2] expired credentials are refused", async () => {
  const late = await connect(open, open.url, { nowMs: Date.now() - 601_000 });
  await assert.rejects(late.allocate(), refusedWith(401));
});

test("[CALL-2] a call that runs goes on when its credentials have expired", async () => {
  const brief = { secret: open.secret, userId: "ann", nowMs: Date.now(), ttlSeconds: BRIEF_SECONDS };
  const credentials = turnCredentials(brief);
  const { client } = await allocated(open, open.url, { credentials });
  const expired = async () => {
    const other = await connect(open, open.url, { credentials });
    return other.allocate().then(
      () => other.release(),
      (error: unknown) => refusedWith(401)(error),
    );
  };
  // coturn's own clock has to pass the second, of which it tells nothing until it refuses a newcomer.
  while ((await expired()) !== true) await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  await client.permit("127.0.0.1");
});

test("[CALL-2] forged credentials are refused: another secret, a later expiry, another user's name", async () => {
  const { username, credential } = turnCredentials({ secret: open.secret, userId: "ann", nowMs: Date.now() });
  const [expiry = "", tag = ""] = username.split(":");
  const other = turnCredentials({ secret: "x".repeat(43), userId: "ann", nowMs: Date.now() });
  const ben = turnCredentials({ secret: open.secret, userId: "ben", nowMs: Date.now() });
  for (const credentials of [
    { username, credential: other.credential },
    { username: `${Number(expiry) + 600}:${tag}`, credential },
    { username: ben.username, credential },
    { username: tag, credential },
  ]) {
    const client = await connect(open, open.url, { credentials });
    await assert.rejects(client.allocate(), refusedWith(401), credentials.username);
  }
});

test("credentials of another realm are refused", async () => {
  const client = await connect(open, open.url, { realm: "elsewhere.test" });
  // coturn's own choice of a code, in place of 401.
  await assert.rejects(client.allocate(), refusedWith(437));
});

test("one person's allocations have a limit, whatever credentials they fetch; another person is not hindered", async () => {
  for (let count = 0; count < QUOTA; count += 1) {
    await allocated(strict, strict.url, { userId: "greedy", nowMs: Date.now() + count * 1000 });
  }
  const more = await connect(strict, strict.url, { userId: "greedy", nowMs: Date.now() + 60_000 });
  await assert.rejects(more.allocate(), refusedWith(486));
  await allocated(strict, strict.url, { userId: "modest" });
});

const REFUSED_IPV4 = [
  ["127.0.0.1", "127.8.8.8", "0.0.0.0", "0.1.2.3"],
  ["10.0.0.0", "10.255.255.255", "172.16.0.0", "172.31.255.255", "192.168.0.0", "192.168.255.255"],
  ["169.254.169.254", "100.64.0.1", "100.127.255.255", "192.0.0.1", "198.18.0.1", "203.0.113.9"],
  ["224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255"],
].flat();
const REFUSED_IPV6 = [
  ["::", "::1", "::2", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:8.8.8.8"],
  ["fe80::1", "fec0::1", "fc00::1", "fd00:ec2::254", "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"],
  ["64:ff9b::10.0.0.1", "64:ff9b:1::a00:1", "2002:a00:1::1", "2001::1", "2001:db8::1", "ff02::1", "ff0e::1"],
].flat();

test("by default the relay sends to no private, local or otherwise special IPv4 address", async () => {
  const { client } = await allocated(strict);
  for (const address of REFUSED_IPV4) await assert.rejects(client.permit(address), refusedWith(403), address);
});

test("nor to such an IPv6 address, nor to any that is an IPv4 address in disguise", async () => {
  const client = await connect(strict, strict.url.replace("127.0.0.1", "[::1]"));
  await client.allocate("ipv6");
  for (const address of REFUSED_IPV6) await assert.rejects(client.permit(address), refusedWith(403), address);
});

test("it sends to ordinary public addresses, of both families", async () => {
  const { client } = await allocated(strict);
  // coturn takes a range that begins with :: for one that holds all of IPv4.
  for (const address of ["8.8.8.8", "1.1.1.1", "172.32.0.1", "100.128.0.1", "223.255.255.255"]) {
    await client.permit(address);
  }
  const six = await connect(strict, strict.url.replace("127.0.0.1", "[::1]"));
  await six.allocate("ipv6");
  for (const address of ["2606:4700::1111", "2a00:1450::1", "2003::1"]) await six.permit(address);
});

test("the switch for tests allows loopback and nothing else", async () => {
  const { client } = await allocated(open);
  await client.permit("127.0.0.1");
  for (const address of ["10.0.0.1", "192.168.0.1", "169.254.169.254"]) {
    await assert.rejects(client.permit(address), refusedWith(403), address);
  }
});

test("behind NAT the relay gives out its public address, and two of its users reach each other by it", async () => {
  const a = await allocated(behindNat);
  const b = await allocated(behindNat);
  assert.deepEqual([a.relayed.address, b.relayed.address], [OUTSIDE, OUTSIDE]);
  await a.client.permit(OUTSIDE);
  await b.client.permit(OUTSIDE);
  a.client.send(b.relayed, Buffer.from("hello"));
  assert.deepEqual(await b.client.receive(), { from: a.relayed, data: Buffer.from("hello") });
  b.client.send(a.relayed, Buffer.from("hello yourself"));
  assert.deepEqual(await a.client.receive(), { from: b.relayed, data: Buffer.from("hello yourself") });
});
