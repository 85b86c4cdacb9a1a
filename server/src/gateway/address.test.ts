import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { isLoopbackAddress, isLoopbackHost, limitKey } from "./address.ts";

test("loopback is 127/8, ::1 and what a dual-stack listener makes of them", () => {
  for (const address of ["127.0.0.1", "127.9.8.7", "::1", "::ffff:127.0.0.1"]) assert.ok(isLoopbackAddress(address));
  for (const address of ["128.0.0.1", "::2", "10.0.0.1", "::ffff:10.0.0.1", "", "localhost"]) {
    assert.ok(!isLoopbackAddress(address), address);
  }
  assert.ok(isLoopbackHost("localhost"));
  assert.ok(!isLoopbackHost("0.0.0.0") && !isLoopbackHost("::") && !isLoopbackHost("localhost.example"));
});

test("an IPv6 address counts as its /64, however it is written", () => {
  assert.equal(limitKey("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64");
  assert.equal(limitKey("2001:DB8:1:2::9"), "2001:db8:1:2::/64");
  assert.equal(limitKey("2001:db8::1"), "2001:db8:0:0::/64");
  assert.equal(limitKey("::1"), "0:0:0:0::/64");
  assert.equal(limitKey("fe80::1%eth0"), "fe80:0:0:0::/64");
  assert.equal(limitKey("64:ff9b::192.0.2.1"), "64:ff9b:0:0::/64");
  assert.equal(limitKey("::ffff:192.0.2.1"), "192.0.2.1");
  assert.equal(limitKey("192.0.2.1"), "192.0.2.1");
});

test("two IPv6 addresses share a key exactly when they share the upper half", () => {
  const half = fc.array(fc.integer({ min: 0, max: 0xffff }), { minLength: 4, maxLength: 4 });
  const text = (groups: number[]) => groups.map((group) => group.toString(16)).join(":");
  fc.assert(
    fc.property(half, half, half, (upper, one, other) => {
      fc.pre(upper.some((group) => group > 0));
      assert.equal(limitKey(text([...upper, ...one])), limitKey(text([...upper, ...other])));
    }),
  );
});
