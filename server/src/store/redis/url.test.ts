import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { isRedisUrl, parseRedisUrl } from "./url.ts";

const OPEN = { tls: false, username: undefined, password: undefined };

/** The location has these parts, whatever else it has. */
function assertHas(location: object, parts: object): void {
  assert.deepEqual({ ...location, ...parts }, location);
}

describe("store URLs", () => {
  test("one Redis, with and without port, database and TLS", () => {
    assert.deepEqual(parseRedisUrl("redis://localhost"), {
      mode: "single",
      ...OPEN,
      description: "redis://localhost",
      address: { host: "localhost", port: 6379 },
      db: 0,
    });
    assertHas(parseRedisUrl("rediss://h:7000/3"), { tls: true, db: 3 });
    assertHas(parseRedisUrl("redis://[::1]:7000"), { address: { host: "::1", port: 7000 } });
  });

  test("a cluster and sentinels have several hosts", () => {
    assertHas(parseRedisUrl("redis+cluster://a:1,b:2"), {
      mode: "cluster",
      addresses: [
        { host: "a", port: 1 },
        { host: "b", port: 2 },
      ],
    });
    assertHas(parseRedisUrl("redis+sentinel://a,b:2/main"), {
      mode: "sentinel",
      name: "main",
      addresses: [
        { host: "a", port: 26379 },
        { host: "b", port: 2 },
      ],
    });
  });

  test("user and password are taken, and do not show in the description", () => {
    const location = parseRedisUrl("redis+cluster://us%40er:p%3Aa%2Fss@a:1,b:2");
    assertHas(location, { username: "us@er", password: "p:a/ss" });
    assert.equal(location.description, "redis+cluster://a:1,b:2");
    assertHas(parseRedisUrl("redis://:secret@h"), { password: "secret", description: "redis://h" });
  });

  test("what is no store URL is refused without repeating a password", () => {
    for (const url of [
      "redis://",
      "redis://a,b",
      "redis://h/x",
      "redis://h:0",
      "redis://h:99999",
      "redis://secret@h",
      "redis+sentinel://:secret@a",
      "redis+cluster://:secret@a/1",
      "redis+other://:secret@a",
    ]) {
      assert.throws(
        () => parseRedisUrl(url),
        (error) => error instanceof Error && !error.message.includes("secret"),
        url,
      );
    }
  });

  test("a folder is not taken for a URL", () => {
    for (const folder of ["./data", "/var/lib/parley", "redis", "C:\\data"]) assert.equal(isRedisUrl(folder), false);
    for (const url of ["redis://h", "rediss://h", "redis+sentinel://h/m", "http://h"])
      assert.equal(isRedisUrl(url), true);
  });
});
