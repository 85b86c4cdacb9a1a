import assert from "node:assert/strict";
import { test } from "node:test";
import { bytesToIp, cidrToRange, ipToBytes } from "./ip.ts";
import { isDeniedPeer } from "./peers.ts";

test("addresses become bytes and come back in one spelling", () => {
  for (const [text, hex, again = text] of [
    ["192.0.2.1", "c0000201"],
    ["::", "00".repeat(16)],
    ["::1", `${"00".repeat(15)}01`],
    ["2001:DB8:0:0:0:0:0:1", `20010db8${"00".repeat(11)}01`, "2001:db8::1"],
    ["1:2:3:4:5:6:7:8", "00010002000300040005000600070008"],
    ["::ffff:10.0.0.1", `${"00".repeat(10)}ffff0a000001`, "::ffff:a00:1"],
    ["fe80::", `fe80${"00".repeat(14)}`],
  ] as const) {
    assert.equal(ipToBytes(text).toString("hex"), hex);
    assert.equal(bytesToIp(Buffer.from(hex, "hex")), again);
  }
  for (const text of ["", "1.2.3", "fe80::1%eth0", "a.example", "[::1]"])
    assert.throws(() => ipToBytes(text), SyntaxError);
});

test("a network is the range from its first to its last address", () => {
  assert.deepEqual(cidrToRange("10.1.2.3/8"), { first: "10.0.0.0", last: "10.255.255.255" });
  assert.deepEqual(cidrToRange("100.64.0.0/10"), { first: "100.64.0.0", last: "100.127.255.255" });
  assert.deepEqual(cidrToRange("192.0.2.7"), { first: "192.0.2.7", last: "192.0.2.7" });
  assert.deepEqual(cidrToRange("fe80::/10"), { first: "fe80::", last: "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff" });
  assert.deepEqual(cidrToRange("0.0.0.0/0"), { first: "0.0.0.0", last: "255.255.255.255" });
  for (const text of ["10.0.0.0/33", "::/129", "10.0.0.0/", "10.0.0.0/8/8", "10.0.0.0/-1", "10.0.0.0/x"]) {
    assert.throws(() => cidrToRange(text), SyntaxError, text);
  }
});

test("what is no ordinary public address is known, in every spelling", () => {
  for (const address of ["10.0.0.1", "169.254.169.254", "::ffff:8.8.8.8", "fd00:ec2::254", "64:ff9b::808:808", "::1"]) {
    assert.ok(isDeniedPeer(address), address);
  }
  for (const address of ["8.8.8.8", "100.128.0.1", "2606:4700::1111"]) assert.ok(!isDeniedPeer(address), address);
});
