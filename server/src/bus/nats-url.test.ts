import assert from "node:assert/strict";
import { test } from "node:test";
import { isNatsUrl, parseNatsUrl } from "./nats-url.ts";

test("[NODE-14] one host, with everything left out", () => {
  assert.deepEqual(parseNatsUrl("nats://bus.example"), {
    servers: ["bus.example:4222"],
    tls: false,
    access: { kind: "none" },
    prefix: "parley",
    files: {},
  });
});

test("[NODE-14] several hosts, a password, a prefix, TLS and its files", () => {
  assert.deepEqual(parseNatsUrl("tls://me:p%40ss:%25@a:1,[::1]:4223,c/chat-2?ca=/ca.pem&cert=c.pem&key=k.pem"), {
    servers: ["a:1", "[::1]:4223", "c:4222"],
    tls: true,
    access: { kind: "password", username: "me", password: "p@ss:%" },
    prefix: "chat-2",
    files: { ca: "/ca.pem", cert: "c.pem", key: "k.pem" },
  });
  assert.deepEqual(parseNatsUrl("nats://s3cret@a").access, { kind: "token", token: "s3cret" });
  assert.deepEqual(parseNatsUrl("tls://a?creds=/user.creds").files, { creds: "/user.creds" });
});

test("[NODE-14] what is not understood is refused in words, without the secret", () => {
  const wrong: readonly [string, RegExp][] = [
    ["nats://", /looks like/],
    ["nats://me:s3cret@", /looks like/],
    ["nats://me:s3cret@a:0", /host/],
    ["nats://me:s3cret@a:70000", /host/],
    ["nats://me:s3cret@a b", /host/],
    ["nats://me:s3cret@a/pre.fix", /prefix/],
    ["nats://me:s3cret@a/x/y", /looks like/],
    ["nats://me:s3cret%zz@a", /%25/],
    ["nats://me:s3cret@a?creds=x", /creds=/],
    ["nats://a?ca=x", /tls:\/\//],
    ["tls://a?cert=x", /key=/],
    ["tls://a?ca=", /ca=/],
    ["tls://a?verify=no", /verify=/],
  ];
  for (const [url, words] of wrong) {
    assert.throws(
      () => parseNatsUrl(url),
      (error: Error) => words.test(error.message) && !error.message.includes("s3cret"),
      url,
    );
  }
  assert.equal(isNatsUrl("redis://a"), false);
  assert.equal(isNatsUrl("TLS://a"), true);
});
