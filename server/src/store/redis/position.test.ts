import assert from "node:assert/strict";
import { test } from "node:test";
import { covers, positionOf } from "./position.ts";

const ID = "8c1f0e4c5d0f0a1b2c3d4e5f60718293a4b5c6d7";
const PRIMARY = `# Replication\r\nrole:master\r\nmaster_replid:${ID}\r\nmaster_repl_offset:1400\r\n`;
const REPLICA = `role:slave\r\nslave_read_repl_offset:1500\r\nslave_repl_offset:1400\r\nmaster_replid:${ID}\r\nmaster_repl_offset:1400\r\n`;

test("[NODE-6] a replica counts by what it has carried out, not by what it has read from its link", () => {
  assert.deepEqual(positionOf(PRIMARY, "primary"), { history: ID, offset: 1400 });
  assert.deepEqual(positionOf(REPLICA, "replica"), { history: ID, offset: 1400 });
});

test("[NODE-6] another role, and a server that does not say where it is, have no position", () => {
  assert.equal(positionOf(REPLICA, "primary"), null);
  assert.equal(positionOf(PRIMARY, "replica"), null);
  assert.equal(positionOf("role:slave\r\nslave_repl_offset:1400\r\n", "replica"), null);
  assert.equal(positionOf(`role:slave\r\nmaster_replid:${ID}\r\n`, "replica"), null);
});

test("[NODE-6] only the same history counts, and all of it", () => {
  const at = (offset: number, history = ID) => ({ history, offset });
  assert.ok(covers(at(7), at(7)));
  assert.ok(covers(at(8), at(7)));
  assert.ok(!covers(at(6), at(7)));
  assert.ok(!covers(at(9, "another"), at(7)));
});
