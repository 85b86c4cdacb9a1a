import assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as keys from "./keys.ts";

const ANN = "a".repeat(26);
const BOB = "b".repeat(26);
const CHAT = "c".repeat(26);

describe("keys", () => {
  test("everything of a user, and everything of a chat, has one hash tag", () => {
    for (const key of [keys.userKey(ANN), keys.userDevices(ANN), keys.userChats(ANN), keys.userInbox(ANN, "202611")]) {
      assert.match(key, new RegExp(`^[^{]*\\{${ANN}\\}`));
    }
    const bucket = keys.dedupeBucket(CHAT, "01931f3c-7c00-7000-8000-000000000000").key;
    for (const key of [
      keys.chatKey(CHAT),
      keys.chatLog(CHAT),
      keys.chatMembers(CHAT),
      keys.chatOverlay(CHAT),
      bucket,
    ]) {
      assert.match(key, new RegExp(`^[^{]*\\{${CHAT}\\}`));
    }
  });

  test("text that people chose has only letters and digits in a key", () => {
    for (const text of ["ann", "a\u0000b", "{x}", "é*?[", "\u{1f600}"]) {
      assert.match(keys.handleKey(text), /^h:[a-z2-7]+$/);
      assert.match(keys.guessesAtHandle(text, 5), /^g:h:[a-z2-7]+:5$/);
    }
  });

  test("a handle of any length has a key that every store takes, and those that exist have different ones", () => {
    assert.ok(keys.handleKey("\ufdfa".normalize("NFKC").repeat(64)).length < 512);
    const longest = "\u{10330}".repeat(32);
    assert.notEqual(keys.handleKey(`${longest}#123456`), keys.handleKey(`${longest}#123457`));
  });

  test("base32 is that of RFC 4648 section 10", () => {
    const vectors = ["", "f", "fo", "foo", "foob", "fooba", "foobar"];
    assert.deepEqual(vectors.map(keys.base32), ["", "my", "mzxq", "mzxw6", "mzxw6yq", "mzxw6ytb", "mzxw6ytboi"]);
  });

  test("[DIR-1] two people have one key for their chat, whoever asks", () => {
    assert.equal(keys.directChat(ANN, BOB), keys.directChat(BOB, ANN));
    assert.notEqual(keys.directChat(ANN, BOB), keys.directChat(ANN, CHAT));
  });

  test("[MSG-1] the bucket of a UUIDv7 is its own day, and outlives the 28 days of an id", () => {
    // 2024-11-12T13:58:56.256Z
    const bucket = keys.dedupeBucket(CHAT, "01932094-5200-7abc-8def-000000000000");
    const day = Math.floor(0x019320945200 / 86_400_000);
    assert.equal(bucket.key, `c:{${CHAT}}:d:${day}`);
    assert.ok((bucket.ttlSeconds ?? 0) > 28 * 86_400);
  });

  test("[MSG-1] ids without a time share a bucket that is kept", () => {
    assert.deepEqual(keys.dedupeBucket(CHAT, "9b2f8f0e-0a2b-4c1d-8e3f-000000000000"), {
      key: `c:{${CHAT}}:d:0`,
      ttlSeconds: null,
    });
  });

  test("intents of one thing are always in the same shard, and of many in all", () => {
    const shards = Array.from({ length: 1_000 }, (_, at) => keys.intentsOf(`c:{${at}}:m`));
    assert.equal(new Set(shards).size, keys.INTENT_SHARDS);
    assert.equal(keys.intentsOf("x"), keys.intentsOf("x"));
  });
});
