import assert from "node:assert/strict";
import { test } from "node:test";
import { formatTurnUrl, parseTurnUrl } from "./turn-url.ts";

for (const [text, url] of [
  ["turn:a.example", { secure: false, host: "a.example", port: 3478 }],
  ["turn:192.0.2.1:5000", { secure: false, host: "192.0.2.1", port: 5000 }],
  ["turn:[2001:db8::1]:5000", { secure: false, host: "2001:db8::1", port: 5000 }],
  ["turn:localhost?transport=udp", { secure: false, host: "localhost", port: 3478, transport: "udp" }],
  ["turns:a.example", { secure: true, host: "a.example", port: 5349 }],
  ["turns:a.example:443?transport=tcp", { secure: true, host: "a.example", port: 443, transport: "tcp" }],
] as const) {
  test(`${text} is read, and written again`, () => {
    assert.deepEqual(parseTurnUrl(text), url);
    assert.deepEqual(parseTurnUrl(formatTurnUrl(url)), url);
  });
}

for (const text of [
  "",
  "turn:",
  "stun:a.example",
  "turn://a.example",
  "turn:a.example:0",
  "turn:a.example:65536",
  "turn:a.example?transport=sctp",
  "turns:a.example?transport=udp",
  "turn:2001:db8::1",
  "turn:[a.example]",
  "turn:1.2.3.400",
  "turn:-a.example",
  "turn:a..example",
  "turn:a b",
  "turn:user@a.example",
  `turn:${"a.".repeat(150)}a`,
  "turn:a.example\nturn:b.example",
]) {
  test(`${JSON.stringify(text.slice(0, 40))} is no address of a TURN server`, () => {
    assert.throws(() => parseTurnUrl(text), SyntaxError);
  });
}
