import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { type CoturnSettings, renderCoturnConfig } from "./config.ts";
import { TEMPLATE_FILE } from "./coturn.ts";
import { UsageError } from "./usage-error.ts";

const template = readFileSync(TEMPLATE_FILE, "utf8");
const settings: CoturnSettings = {
  listen: ["10.0.0.5", "2606:4700::5"],
  port: 3478,
  external: [{ outside: "8.8.4.4", inside: "10.0.0.5" }],
  relayPorts: [49_152, 50_175],
  realm: "chat.example",
  secret: "s".repeat(43),
  userQuota: 10,
  totalQuota: 100,
  bytesPerSecond: 1000,
  capacityBytesPerSecond: 0,
  allowedPeers: [],
  allowLoopback: false,
  folder: "/var/lib/parley/turn",
};
const optionsOf = (text: string) => text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
const render = (changes: Partial<CoturnSettings> = {}) =>
  optionsOf(renderCoturnConfig(template, { ...settings, ...changes }));

test("the configuration has what was asked for, and nothing is left open", () => {
  const options = render();
  for (const option of [
    "listening-ip=10.0.0.5",
    "relay-ip=2606:4700::5",
    "external-ip=8.8.4.4/10.0.0.5",
    "use-auth-secret",
    `static-auth-secret=${"s".repeat(43)}`,
    "user-quota=10",
    "denied-peer-ip=10.0.0.0-10.255.255.255",
    "denied-peer-ip=fc00::-fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
    "no-cli",
    "no-tcp-relay",
    "no-tls",
  ]) {
    assert.ok(options.includes(option), option);
  }
  assert.ok(!options.some((option) => option.includes("{{")));
  assert.ok(!options.some((option) => /^(user=|no-auth$|allow|verbose|web-admin|proc-)/.test(option)));
  // A range that begins so holds all of IPv4 for coturn.
  assert.ok(!options.some((option) => option.startsWith("denied-peer-ip=::-")));
});

test("TLS, a user of its own and peers of a LAN are there only if asked for", () => {
  const options = render({
    tls: { port: 443, certFile: "/c.pem", keyFile: "/k.pem" },
    user: "turnserver",
    allowedPeers: ["192.168.1.0/24", "10.9.9.9"],
    allowLoopback: true,
  });
  assert.ok(!options.includes("no-tls"));
  for (const option of [
    "tls-listening-port=443",
    "cert=/c.pem",
    "proc-user=turnserver",
    "allowed-peer-ip=192.168.1.0-192.168.1.255",
    "allowed-peer-ip=10.9.9.9",
    "allow-loopback-peers",
  ]) {
    assert.ok(options.includes(option), option);
  }
});

const REFUSED: Readonly<Record<string, Partial<CoturnSettings>>> = {
  "no address": { listen: [] },
  "a name to listen on": { listen: ["turn.example"] },
  "an external address for one that is not there": { external: [{ outside: "8.8.4.4", inside: "10.0.0.6" }] },
  "an external address of another family": { external: [{ outside: "2606:4700::6", inside: "10.0.0.5" }] },
  "port 0": { port: 0 },
  "one port for TLS and the rest": { tls: { port: 3478, certFile: "c", keyFile: "k" } },
  "ports in the wrong order": { relayPorts: [50_000, 49_000] },
  "fewer ports than allocations": { relayPorts: [50_000, 50_098] },
  "a quota of none, which would be no limit": { userQuota: 0 },
  "a quota past 32 bits": { bytesPerSecond: 2 ** 32 },
  "more for one than for all": { userQuota: 101 },
  "a short secret": { secret: "short" },
  "a secret that ends the line": { secret: `${"s".repeat(43)}\nno-auth` },
  "a realm that ends the line": { realm: "a\nno-auth" },
  "a path that ends the line": { folder: "/a\nno-auth" },
  "a network that is none": { allowedPeers: ["10.0.0.0/99"] },
};
for (const [what, changes] of Object.entries(REFUSED)) {
  test(`refused in words: ${what}`, () => assert.throws(() => render(changes), UsageError));
}
