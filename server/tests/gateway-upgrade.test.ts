import assert from "node:assert/strict";
import { once } from "node:events";
import { request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import { text } from "node:stream/consumers";
import { after, test } from "node:test";
import { removeTemporaryFolders } from "./_util/folder.ts";
import { type GatewayOptions, startGateway, type TestGateway } from "./_util/gateway.ts";
import { turnsUntil, within } from "./_util/patience.ts";
import { tryUpgrade } from "./_util/upgrade.ts";

after(removeTemporaryFolders);

const SEALED = "imsc.v1";
const CLEAR = "imsc-clear.v1";

async function withGateway(options: GatewayOptions, job: (gateway: TestGateway) => Promise<void>): Promise<void> {
  const gateway = await startGateway(options);
  try {
    await job(gateway);
  } finally {
    await gateway.close();
  }
}

/** How the caller reaches the listener. A hop that nobody vouches for stands for every client that is not on loopback. */
const FAR = { "x-forwarded-for": "192.0.2.1" };
const TLS_PROXY = { "x-forwarded-for": "192.0.2.1", "x-forwarded-proto": "https" };

const matrix: {
  readonly name: string;
  readonly settings: GatewayOptions["settings"];
  readonly headers: Record<string, string>;
  /** Offer -> selected, or the HTTP status that refuses it. */
  readonly clear: string | number;
  readonly both: string | number;
}[] = [
  { name: "ws from afar", settings: {}, headers: FAR, clear: 426, both: SEALED },
  {
    name: "ws from afar, plaintext for loopback",
    settings: { plaintextWs: "loopback" },
    headers: FAR,
    clear: 426,
    both: SEALED,
  },
  { name: "ws on loopback", settings: {}, headers: {}, clear: 426, both: SEALED },
  {
    name: "ws on loopback, allowed on both sides",
    settings: { plaintextWs: "loopback" },
    headers: {},
    clear: CLEAR,
    both: CLEAR,
  },
  {
    name: "ws on loopback, always sealed",
    settings: { plaintextWs: "loopback", imscMode: "always" },
    headers: {},
    clear: 426,
    both: SEALED,
  },
  { name: "wss", settings: { tls: "selfsigned" }, headers: {}, clear: CLEAR, both: CLEAR },
  {
    name: "wss, always sealed",
    settings: { tls: "selfsigned", imscMode: "always" },
    headers: {},
    clear: 426,
    both: SEALED,
  },
  {
    name: "behind a trusted proxy with TLS",
    settings: { trustedProxies: ["127.0.0.1"] },
    headers: TLS_PROXY,
    clear: CLEAR,
    both: CLEAR,
  },
  {
    name: "behind a trusted proxy without TLS",
    settings: { trustedProxies: ["127.0.0.1"], plaintextWs: "loopback" },
    headers: { ...TLS_PROXY, "x-forwarded-proto": "http" },
    clear: 426,
    both: SEALED,
  },
  {
    name: "somebody who claims to be a proxy with TLS",
    settings: { plaintextWs: "loopback" },
    headers: TLS_PROXY,
    clear: 426,
    both: SEALED,
  },
];

for (const { name, settings, headers, clear, both } of matrix) {
  test(`[M7] ${name}: ${clear} for clear alone, ${both} for both, sealed for sealed`, async () => {
    await withGateway({ settings: settings ?? {} }, async ({ wsUrl }) => {
      const outcome = async (offer: string[]) => {
        const { status, protocol, socket } = await tryUpgrade(wsUrl, offer, headers);
        socket.terminate();
        return status === 101 ? protocol : status;
      };
      assert.equal(await outcome([SEALED]), SEALED);
      assert.equal(await outcome([CLEAR]), clear);
      assert.equal(await outcome([CLEAR, SEALED]), both);
      assert.equal(await outcome([SEALED, CLEAR]), both);
      assert.equal(await outcome(["chat"]), 400);
      assert.equal(await outcome([]), 400);
    });
  });
}

test("compression is not negotiated", async () => {
  await withGateway({}, async ({ wsUrl }) => {
    const { headers, socket } = await tryUpgrade(wsUrl, [SEALED], {
      "sec-websocket-extensions": "permessage-deflate",
    });
    assert.equal(headers["sec-websocket-extensions"], undefined);
    socket.terminate();
  });
});

test("pages of other hosts are refused, our own and programs are not", async () => {
  await withGateway({ settings: { origins: ["same-host", "https://app.example"] } }, async ({ wsUrl, url }) => {
    const status = async (headers: Record<string, string>) => {
      const upgrade = await tryUpgrade(wsUrl, [SEALED], headers);
      upgrade.socket.terminate();
      return upgrade.status;
    };
    assert.equal(await status({}), 101);
    assert.equal(await status({ origin: url }), 101);
    assert.equal(await status({ origin: "https://app.example" }), 101);
    assert.equal(await status({ origin: "http://evil.example" }), 403);
    assert.equal(await status({ origin: "null" }), 403);
  });
});

test("strangers' sockets are bounded by address; the forwarded one behind a trusted proxy", async () => {
  const settings = { trustedProxies: ["127.0.0.1"] };
  await withGateway({ settings, limits: { strangersPerAddress: 2, strangers: 5 } }, async ({ wsUrl, connections }) => {
    const from = (address: string) => tryUpgrade(wsUrl, [SEALED], { "x-forwarded-for": address });
    const first = await from("2001:db8:1:2::1");
    assert.equal((await from("2001:db8:1:2:ffff::2")).status, 101);
    const refused = await from("2001:db8:1:2::3");
    assert.equal(refused.status, 503);
    assert.ok(Number(refused.headers["retry-after"]) > 0);
    assert.equal((await from("192.0.2.1")).status, 101);
    assert.equal((await from("192.0.2.2")).status, 101);
    assert.equal((await from("192.0.2.3")).status, 101);
    assert.equal((await from("192.0.2.4")).status, 503);
    // One goes, one may come.
    const before = connections.size;
    first.socket.close();
    await first.closed;
    await turnsUntil(
      () => connections.size < before,
      () => "the place of who has gone",
    );
    assert.equal((await from("2001:db8:1:2::4")).status, 101);
  });
});

test("an upgrade that ws itself refuses does not count as a stranger", async () => {
  await withGateway({ limits: { strangersPerAddress: 1 } }, async ({ wsUrl, url }) => {
    for (let i = 0; i < 3; i += 1) {
      const response = await fetch(`${url}/ws`, {
        headers: { "sec-websocket-protocol": SEALED, "sec-websocket-version": "13" },
      });
      assert.equal(response.status, 426);
    }
    const upgrade = await tryUpgrade(wsUrl, [SEALED]);
    assert.equal(upgrade.status, 101);
    upgrade.socket.terminate();
  });
});

for (const { scheme, tls } of [
  { scheme: "http", tls: "off" },
  { scheme: "https", tls: "selfsigned" },
] as const) {
  test(`[NET-5] who offers HTTP/2 by ${scheme} is answered over HTTP/1.1, body and all`, async () => {
    const asked: unknown[] = [];
    const answer = { resendAfterMs: 60_000, expiresAfterMs: 600_000 };
    const requestCode = async (_: unknown, params: unknown) => {
      asked.push(params);
      return answer;
    };
    const handlers = { "auth.requestCode": requestCode };
    await withGateway({ settings: { tls }, handlers }, async ({ url }) => {
      const params = { purpose: "signIn", email: "ann@example.org" };
      const body = JSON.stringify(params);
      const headers = {
        ...{ connection: "Upgrade, HTTP2-Settings", upgrade: "h2c", "http2-settings": "AAMAAABkAAQCAAAA" },
        ...{ "content-type": "application/json", "content-length": Buffer.byteLength(body) },
      };
      const request = tls === "off" ? httpRequest : httpsRequest;
      const sent = request(`${url}/api/auth.requestCode`, { method: "POST", headers, rejectUnauthorized: false });
      // The head by itself: the rest has to reach who reads the request the second time.
      sent.flushHeaders();
      sent.once("socket", (socket) => socket.once("connect", () => setImmediate(() => sent.end(body))));
      const [response] = (await within(once(sent, "response"), () => "an answer")) as [IncomingMessage];
      assert.deepEqual([response.statusCode, JSON.parse(await text(response)).result], [200, answer]);
      assert.deepEqual(asked, [params]);
    });
  });
}

test("other paths have no socket", async () => {
  await withGateway({}, async ({ url }) => {
    const { status } = await tryUpgrade(`${url.replace("http", "ws")}/other`, [SEALED]);
    assert.equal(status, 404);
  });
});
