import assert from "node:assert/strict";
import { test } from "node:test";
import { banner } from "./banner.ts";
import { type Config, createConfig } from "./config.ts";
import type { ParleyNode } from "./node.ts";

function shown(settings: Partial<Config>, warnings: string[] = []): string {
  const config = createConfig(settings);
  const node = {
    url: "http://localhost:7780",
    port: 7780,
    identity: { fingerprint: "OJI5-XDSX", shortCode: "OJI5X DSXO4" },
    store: "redis://store:6379/0",
    warnings,
  } as unknown as ParleyNode;
  return banner(node, config);
}

test("[NODE-1] the banner tells address, fingerprint, data and how to make the first account", () => {
  const text = shown({ data: "/var/lib/parley" });
  assert.match(text, /^Parley +http:\/\/localhost:7780\n/);
  for (const told of ["OJI5X DSXO4", "OJI5-XDSX", "/var/lib/parley", "open", "--registration closed"]) {
    assert.ok(text.includes(told), told);
  }
  assert.match(shown({ registration: "closed" }), /closed: .*--registration open/);
});

test("it says who can reach the node and what the store may lose", () => {
  assert.match(shown({}), /only this machine can connect/);
  assert.match(shown({ host: "0.0.0.0" }), /without TLS/);
  assert.doesNotMatch(shown({ host: "0.0.0.0", tls: "selfsigned" }), /without TLS/);
  const text = shown({ store: "redis://store" }, ["appendfsync everysec: a power cut loses a second"]);
  assert.match(text, /redis:\/\/store:6379\/0/);
  assert.match(text, /Warning +appendfsync everysec/);
});
