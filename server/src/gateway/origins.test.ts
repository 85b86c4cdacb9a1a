import assert from "node:assert/strict";
import { test } from "node:test";
import { Origins } from "./origins.ts";

const here = { host: "chat.example:7780" };

test("programs send no Origin, our own pages send our host", () => {
  const origins = new Origins(["same-host"]);
  assert.ok(origins.allows(undefined, here));
  assert.ok(origins.allows("http://chat.example:7780", here));
  assert.ok(origins.allows("https://chat.example:7780", here));
  for (const origin of ["http://chat.example", "http://evil.example", "null", "", "chat.example:7780"]) {
    assert.ok(!origins.allows(origin, here), origin);
  }
});

test("others are allowed by name", () => {
  const origins = new Origins(["null", "https://app.example/"]);
  assert.ok(origins.allows("null", here));
  assert.ok(origins.allows("https://app.example", here));
  assert.ok(!origins.allows("http://chat.example:7780", here));
});

test("what is no origin is refused", () => {
  for (const origin of ["app.example", "*", "file:///"]) assert.throws(() => new Origins([origin]), origin);
});
