import assert from "node:assert/strict";
import { test } from "node:test";
import { type CloseReason, closeCode } from "../errors.ts";
import { linkEnd } from "./link-end.ts";
import { outcomeOf } from "./link-outcome.ts";

const REASONS: CloseReason[] = ["session_revoked", "identity_error", "unsupported", "tls_required", "decrypt_failed"];

test("[NET-2] what the socket says in the clear never ends a session and never stops the client", () => {
  for (const reason of REASONS) {
    const end = linkEnd({ by: "lost", code: closeCode(reason), wasOpen: true }, "");
    assert.equal(outcomeOf(end, null).next, "wait", reason);
  }
});

test("what the channel proved is acted upon", () => {
  const end = (by: "told" | "found", reason: CloseReason) =>
    linkEnd({ by, code: closeCode(reason), wasOpen: true }, "");
  assert.equal(outcomeOf(end("told", "session_revoked"), null).next, "signOut");
  assert.equal(outcomeOf(end("told", "restart"), null).next, "wait");
  assert.deepEqual(outcomeOf(end("found", "identity_error"), null), {
    next: "refuse",
    refusal: { reason: "identityInvalid" },
  });
  assert.equal(outcomeOf(end("found", "decrypt_failed"), null).next, "wait");
});

test("[NET-3] waits that a server asks for are believed within bounds", () => {
  const wait = (text: string) => {
    const { afterMs, spreadMs } = linkEnd({ by: "told", code: closeCode("restart"), wasOpen: true }, text);
    return [afterMs, spreadMs];
  };
  assert.deepEqual(wait('{"after":1000,"spread":500}'), [1000, 500]);
  assert.deepEqual(wait('{"after":1e12,"spread":-5}'), [300_000, 0]);
  assert.equal(linkEnd({ by: "told", code: 4150, wasOpen: true }, '{"undone":true}').undone, true);
  for (const text of ["", "[]", '{"undone":"true"}', '{"undone":1}']) {
    assert.equal(linkEnd({ by: "told", code: 4150, wasOpen: true }, text).undone, false, text);
  }
  for (const text of ["", "soon", "null", '{"after":"1000"}', "[]"]) assert.deepEqual(wait(text), [0, 0]);
});
