import assert from "node:assert/strict";
import { test } from "node:test";
import { ReplyError } from "@parley/protocol";
import { PasswordHasher } from "./password-hash.ts";

test("two deeds run at once, so many wait in order, and the rest are told to come back", async () => {
  const hasher = new PasswordHasher(async () => new Uint8Array(32));
  const release: (() => void)[] = [];
  const started: number[] = [];
  let most = 0;
  let running = 0;
  const outcomes = Array.from({ length: 300 }, (_, i) =>
    hasher
      .run(async () => {
        started.push(i);
        most = Math.max(most, ++running);
        await new Promise<void>((resolve) => release.push(resolve));
        running -= 1;
      })
      .then(
        () => "done",
        (error: unknown) => {
          assert.ok(error instanceof ReplyError && error.name === "OVERLOADED" && error.retryAfterMs > 0);
          return "refused";
        },
      ),
  );
  while (release.length > 0) {
    release.shift()?.();
    await new Promise(setImmediate);
  }
  const counted = await Promise.all(outcomes);
  assert.deepEqual([counted.filter((outcome) => outcome === "done").length, most], [258, 2]);
  assert.deepEqual(
    started,
    [...started].sort((a, b) => a - b),
  );
});

test("a deed that fails gives its place up", async () => {
  const hasher = new PasswordHasher(async () => new Uint8Array(32));
  for (let i = 0; i < 5; i += 1)
    await assert.rejects(
      hasher.run(() => Promise.reject(new Error("broken"))),
      /broken/,
    );
  assert.equal(await hasher.run(async () => "fine"), "fine");
});
