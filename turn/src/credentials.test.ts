import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { test } from "node:test";
import { iceServers, turnCredentials } from "./credentials.ts";

const secret = "0123456789abcdef0123456789abcdef";
const nowMs = Date.UTC(2030, 0, 1) + 999;
const asked = { secret, userId: "u-1", nowMs };

test("credentials end after ten minutes, and are what draft-uberti-behave-turn-rest-00 says", () => {
  const { username, credential, expiresAt } = turnCredentials(asked);
  const [expiry, tag = "", ...rest] = username.split(":");
  assert.equal(Number(expiry), Date.UTC(2030, 0, 1) / 1000 + 600);
  assert.equal(expiresAt, Date.UTC(2030, 0, 1) + 600_000);
  assert.deepEqual(rest, []);
  assert.match(tag, /^[\w-]{22}$/);
  assert.equal(credential, createHmac("sha1", secret).update(username).digest("base64"));
});

test("a person's tag stays the same, is nobody else's, and tells nobody who it is", () => {
  const tagOf = (changes: Partial<typeof asked>) => turnCredentials({ ...asked, ...changes }).username.split(":")[1];
  assert.equal(tagOf({ nowMs: nowMs + 86_400_000 }), tagOf({}));
  assert.notEqual(tagOf({ userId: "u-2" }), tagOf({}));
  assert.notEqual(tagOf({ secret: secret.toUpperCase() }), tagOf({}), "without the secret one cannot try user ids");
  assert.ok(!turnCredentials(asked).username.includes("u-1"));
});

test("credentials without a secret to speak of, or for nobody, are not made", () => {
  assert.throws(() => turnCredentials({ ...asked, secret: "" }), RangeError);
  assert.throws(() => turnCredentials({ ...asked, secret: secret.slice(1) }), RangeError);
  assert.throws(() => turnCredentials({ ...asked, userId: "" }), RangeError);
  for (const ttlSeconds of [0, -1, 0.5, Number.NaN, Number.POSITIVE_INFINITY]) {
    assert.throws(() => turnCredentials({ ...asked, ttlSeconds }), RangeError);
  }
});

test("the servers for a browser name every transport", () => {
  const credentials = turnCredentials(asked);
  const { username, credential } = credentials;
  assert.deepEqual(
    iceServers(["turn:turn.test", "turns:turn.test:443", "turn:[2001:db8::1]:9?transport=tcp"], credentials),
    [
      {
        urls: [
          "turn:turn.test:3478?transport=udp",
          "turn:turn.test:3478?transport=tcp",
          "turns:turn.test:443?transport=tcp",
          "turn:[2001:db8::1]:9?transport=tcp",
        ],
        username,
        credential,
      },
    ],
  );
  assert.deepEqual(iceServers([], credentials), []);
});
