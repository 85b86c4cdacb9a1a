import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { CLOSE_REASONS, REPLY_ERRORS } from "./errors.ts";
import { EVENTS } from "./events.ts";
import { BEFORE_SIGN_IN, REQUESTS } from "./requests.ts";
import { PROTOCOL_VERSION } from "./version.ts";

/** The wire of `PROTOCOL_VERSION`. */
const PINNED = { version: 1, hash: "6670e3e7e0533f686e803a23031d7648" };

test("the schemas are those of the pinned protocol version", () => {
  const hash = hashOf({
    requests: REQUESTS,
    beforeSignIn: [...BEFORE_SIGN_IN].sort(),
    events: EVENTS,
    // What an error tells a developer may be reworded; its name, its code and whether to retry may not.
    replyErrors: Object.entries(REPLY_ERRORS).map(([name, [code, retry]]) => [name, code, retry]),
    closeReasons: CLOSE_REASONS,
  });
  assert.deepEqual(
    { version: PROTOCOL_VERSION, hash },
    PINNED,
    [
      "The wire has changed: a method, an event, a schema, an error or a close code is not what it was.",
      "If an older peer could notice (a field that it must send or may no longer send, another meaning, a removed name),",
      `raise PROTOCOL_VERSION in version.ts. Then pin the new wire here: { version: ${PROTOCOL_VERSION}, hash: "${hash}" }.`,
    ].join("\n"),
  );
});

test("the hash sees a changed bound and a changed name, and no changed order or description", () => {
  const before = hashOf({ a: { type: "string", maxLength: 5, description: "x" }, b: 1 });
  assert.equal(hashOf({ b: 1, a: { maxLength: 5, type: "string", description: "y" } }), before);
  assert.notEqual(hashOf({ a: { type: "string", maxLength: 6 }, b: 1 }), before);
  assert.notEqual(hashOf({ a: { type: "string", maxLength: 5 }, c: 1 }), before);
});

function hashOf(value: unknown): string {
  return createHash("sha256")
    .update(JSON.stringify(canonical(value)))
    .digest("hex")
    .slice(0, 32);
}

/** Keys in one order, and without what is only for readers. */
function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).filter(([key, item]) => !(key === "description" && typeof item === "string"));
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, item]) => [key, canonical(item)]));
}
