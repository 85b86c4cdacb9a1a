import assert from "node:assert/strict";
import { test } from "node:test";
import type { PresentedIdentity } from "../secure/index.ts";
import { maySendToken, type Session } from "./session.ts";

const A = "AAAA-AAAA";
const B = "BBBB-BBBB";
const WSS = "wss://chat.example";
const WS = "ws://chat.example";

const session = (fingerprint: string | null, origin: string) => ({ fingerprint, origin }) as Session;
const shows = (fingerprint: string, relation: PresentedIdentity["relation"]): PresentedIdentity => ({
  fingerprint,
  shortCode: "",
  relation,
});

test("[NET-1] a token goes only to the identity that issued it, or under TLS alone to the same origin", () => {
  const rows: [Session, PresentedIdentity | null, string, boolean][] = [
    [session(A, WS), shows(A, "match"), WS, true],
    [session(A, WS), shows(A, "match"), "ws://other.example", true],
    [session(A, WS), shows(B, "first-use"), WS, false],
    [session(A, WS), shows(B, "rotated"), WS, false],
    [session(null, WSS), null, WSS, true],
    [session(null, WSS), null, "wss://other.example", false],
    [session(null, WSS), null, WS, false],
    [session(null, WSS), shows(A, "first-use"), WSS, true],
    [session(null, WSS), shows(A, "first-use"), WS, false],
    [session(A, WSS), null, WSS, true],
    [session(A, WS), null, WSS, false],
  ];
  for (const [kept, identity, origin, expected] of rows) {
    assert.equal(maySendToken(kept, { identity, origin }), expected, JSON.stringify([kept, identity, origin]));
  }
});
