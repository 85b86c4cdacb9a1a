import assert from "node:assert/strict";
import type { IncomingMessage } from "node:http";
import { test } from "node:test";
import { Proxies } from "./proxies.ts";

/** As much of a request as says where it came from. */
function request(remoteAddress: string, headers: Record<string, string> = {}): IncomingMessage {
  return { socket: { remoteAddress }, headers: { host: "chat.example", ...headers } } as unknown as IncomingMessage;
}

test("headers of a stranger are not believed, but they show that there is a hop", () => {
  const proxies = new Proxies([]);
  const origin = proxies.originOf(
    request("127.0.0.1", { "x-forwarded-for": "192.0.2.1", "x-forwarded-proto": "https", "x-forwarded-host": "evil" }),
  );
  assert.deepEqual(origin, { address: "127.0.0.1", secure: false, loopback: false, host: "chat.example" });
});

test("a direct caller on this machine is on loopback", () => {
  assert.ok(new Proxies([]).originOf(request("::ffff:127.0.0.1")).loopback);
  assert.ok(!new Proxies([]).originOf(request("192.0.2.1")).loopback);
});

test("a trusted proxy tells address, protocol and host", () => {
  const proxies = new Proxies(["10.0.0.0/8"]);
  const origin = proxies.originOf(
    request("10.1.2.3", {
      "x-forwarded-for": "192.0.2.9",
      "x-forwarded-proto": "https",
      "x-forwarded-host": "public.example",
    }),
  );
  assert.deepEqual(origin, { address: "192.0.2.9", secure: true, loopback: false, host: "public.example" });
});

test("only the hop next to our proxies is believed: the left of the list is the client's own invention", () => {
  const proxies = new Proxies(["10.0.0.0/8", "2001:db8::/32"]);
  const addressFor = (list: string) => proxies.originOf(request("10.0.0.1", { "x-forwarded-for": list })).address;
  assert.equal(addressFor("1.1.1.1, 192.0.2.9"), "192.0.2.9");
  assert.equal(addressFor("1.1.1.1, 192.0.2.9, 10.0.0.7"), "192.0.2.9");
  assert.equal(addressFor("192.0.2.9, [2001:db8::1]:443"), "192.0.2.9");
  assert.equal(addressFor("192.0.2.9, nonsense, 10.0.0.7"), "10.0.0.7");
  assert.equal(addressFor(""), "10.0.0.1");
});

test("a proxy that forwards the client's X-Forwarded-Proto has the last word", () => {
  const proxies = new Proxies(["10.0.0.1"]);
  assert.ok(!proxies.originOf(request("10.0.0.1", { "x-forwarded-proto": "https, http" })).secure);
});

test("a network with a typo is refused", () => {
  for (const network of ["10.0.0", "10.0.0.0/x", "proxy.example", "10.0.0.0/64"]) {
    assert.throws(() => new Proxies([network]), network);
  }
});
