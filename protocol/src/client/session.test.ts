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

test("[NET-1] a token goes only to the identity that issued it, or to where a rotation led", () => {
  const rows: [Session, PresentedIdentity | null, string | null, string, boolean][] = [
    [session(A, WS), shows(A, "match"), A, WS, true],
    [session(A, WS), shows(A, "match"), A, "ws://other.example", true],
    [session(A, WS), shows(B, "first-use"), null, WS, false],
    [session(A, WS), shows(B, "rotated"), A, WS, true],
    [session(A, WS), shows(B, "rotated"), "CCCC-CCCC", WS, false],
    [session(null, WSS), null, null, WSS, true],
    [session(null, WSS), null, null, "wss://other.example", false],
    [session(null, WSS), null, null, WS, false],
    [session(null, WSS), shows(A, "first-use"), null, WSS, true],
    [session(null, WSS), shows(A, "first-use"), null, WS, false],
    [session(A, WS), null, A, WSS, false],
  ];
  for (const [kept, identity, pinned, origin, expected] of rows) {
    assert.equal(maySendToken(kept, { identity, pinned, origin }), expected, JSON.stringify([kept, identity, origin]));
  }
});
