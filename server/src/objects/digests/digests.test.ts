import assert from "node:assert/strict";
import { test } from "node:test";
import { ObjectsUnavailable } from "../objects.ts";
import { Digests } from "./digests.ts";

/** Two that are read, and a thousand that wait. */
const TAKEN_MAX = 1_002;

test("of very many objects some are turned away, and those taken end when the node stops", async () => {
  let sign = (_url: string) => {};
  const signed = new Promise<string>((resolve) => {
    sign = resolve;
  });
  const digests = new Digests({ sign: () => signed });
  const { signal } = new AbortController();
  const taken = Array.from({ length: TAKEN_MAX }, () => digests.sha256("f/any", 1, signal));
  const ends = Promise.allSettled(taken);
  await assert.rejects(digests.sha256("f/any", 1, signal), { name: "OVERLOADED", retryAfterMs: 5_000 });
  const closed = digests.close();
  sign("http://127.0.0.1:9/");
  await closed;
  for (const end of await ends) {
    assert.ok(end.status === "rejected" && end.reason instanceof ObjectsUnavailable);
  }
});
