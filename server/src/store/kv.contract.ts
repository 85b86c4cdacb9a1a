import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, describe, test } from "node:test";
import { pendingClaim } from "./claim.ts";
import { type Append, type Grounds, type Kv, StoreUnavailable } from "./kv.ts";
import { markOf } from "./log-entry.ts";
import { RecordedReads } from "./recorded-reads.ts";

export interface KvUnderTest {
  readonly kv: Kv;
  /** Whether it can look at grounds while it appends. */
  readonly appendsIf: boolean;
  /** Lets so much time pass for the store's times to live. */
  pass(seconds: number): Promise<void>;
  close(): Promise<void>;
}

/** What every driver of the store does, by the words of kv.ts. */
export function describeKv(name: string, open: () => Promise<KvUnderTest>): void {
  // One after the other, whatever runs beside: `pass` moves the time of all of them.
  describe(`Kv: ${name}`, { concurrency: 1 }, () => {
    let store: KvUnderTest;
    let kv: Kv;
    let appendsIf: boolean;
    before(async () => {
      store = await open();
      kv = store.kv;
      appendsIf = store.appendsIf;
    });
    after(() => store?.close());

    /** A key that no other test has, with a hash tag as in keys.ts. */
    const fresh = (kind = "k") => `${kind}:{${randomUUID()}}`;

    test("what was made later comes later, whatever the keys, where the store says so", async () => {
      if (!kv.inOrder) return;
      for (let round = 0; round < 50; round++) {
        const [first, second] = [fresh(), fresh()];
        const pushed = kv.listPush(first, "x");
        const seen = await Promise.all([kv.hashSetNx(second, "f", "1"), kv.listLength(first), kv.hashGetAll(second)]);
        assert.deepEqual([await pushed, ...seen], [1, true, 1, { f: "1" }]);
      }
    });

    describe("strings", () => {
      test("a key holds what was set last; a missing one is null", async () => {
        const key = fresh();
        assert.equal(await kv.get(key), null);
        assert.equal(await kv.exists(key), false);
        await kv.set(key, "one");
        await kv.set(key, "two");
        assert.equal(await kv.get(key), "two");
        assert.equal(await kv.exists(key), true);
      });

      test("text of any kind comes back as it was", async () => {
        const key = fresh();
        for (const text of ["", "\u0000\r\n", "ä €\u{1f600}", "x".repeat(100_000)]) {
          await kv.set(key, text);
          assert.equal(await kv.get(key), text);
        }
      });

      test("of many that claim a key at once, one wins", async () => {
        const key = fresh();
        const wins = await Promise.all(Array.from({ length: 50 }, (_, at) => kv.setNx(key, String(at))));
        assert.equal(wins.filter((won) => won).length, 1);
        assert.equal(await kv.get(key), String(wins.indexOf(true)));
      });

      test("of many that delete a key at once, one is told so", async () => {
        const key = fresh();
        await kv.set(key, "x");
        const wins = await Promise.all(Array.from({ length: 20 }, () => kv.delete(key)));
        assert.equal(wins.filter((won) => won).length, 1);
        assert.equal(await kv.get(key), null);
      });

      test("many keys of any slots are answered in their order", async () => {
        const keys = Array.from({ length: 40 }, () => fresh());
        await Promise.all(keys.map((key, at) => (at % 3 === 0 ? null : kv.set(key, `v${at}`))));
        const asked = [...keys, ...keys.slice(0, 2)];
        assert.deepEqual(
          await kv.getMany(asked),
          asked.map((_, at) => ((at % 40) % 3 === 0 ? null : `v${at % 40}`)),
        );
        assert.deepEqual(await kv.getMany([]), []);
      });

      test("a counter loses no increment", async () => {
        const key = fresh();
        const answers = await Promise.all(Array.from({ length: 30 }, () => kv.increment(key)));
        assert.deepEqual(
          answers.sort((a, b) => a - b),
          Array.from({ length: 30 }, (_, at) => at + 1),
        );
      });
    });

    describe("times to live", () => {
      test("a key with one is gone after it, and can be claimed again", async () => {
        const [key, kept] = [fresh(), fresh()];
        // Asked at once: a machine that does much else may let a second pass between two questions.
        const claims = await Promise.all([kv.setNx(key, "session", 1), kv.setNx(key, "other", 1)]);
        assert.deepEqual(claims, [true, false]);
        await kv.listPush(kept, "a");
        assert.equal(await kv.expire(kept, 100), true);
        await store.pass(1.1);
        assert.equal(await kv.get(key), null);
        assert.equal(await kv.exists(key), false);
        assert.equal(await kv.delete(key), false);
        assert.equal(await kv.listLength(kept), 1);
        assert.equal(await kv.setNx(key, "again"), true);
      });

      test("sliding never revives what is gone", async () => {
        const key = fresh();
        assert.equal(await kv.expire(key, 10), false);
        await kv.setNx(key, "session", 1);
        await store.pass(1.1);
        assert.equal(await kv.expire(key, 10), false);
        assert.equal(await kv.get(key), null);
      });

      test("sliding prolongs, and set ends the time to live", async () => {
        const [slid, set] = [fresh(), fresh()];
        const [, prolonged] = await Promise.all([
          kv.setNx(slid, "a", 1),
          kv.expire(slid, 100),
          kv.setNx(set, "a", 1),
          kv.set(set, "b"),
        ]);
        assert.equal(prolonged, true);
        await store.pass(1.1);
        assert.deepEqual(await kv.getMany([slid, set]), ["a", "b"]);
      });

      test("a collection that expired begins again empty", async () => {
        const [list, hash, sorted] = [fresh("l"), fresh("h"), fresh("z")];
        await Promise.all([kv.listPush(list, "old"), kv.hashSet(hash, "old", "1"), kv.sortedAdd(sorted, 1, "old")]);
        await Promise.all([list, hash, sorted].map((key) => kv.expire(key, 1)));
        await store.pass(1.1);
        assert.equal(await kv.listPush(list, "new"), 1);
        assert.deepEqual(await kv.listRange(list, 0, 10), ["new"]);
        assert.equal(await kv.hashSetNx(hash, "new", "1"), true);
        assert.deepEqual({ ...(await kv.hashGetAll(hash)) }, { new: "1" });
        assert.equal(await kv.sortedLength(sorted), 0);
        await store.pass(1.1);
        assert.equal(await kv.listLength(list), 1);
      });
    });

    describe("hashes", () => {
      test("fields are set, read, counted and deleted", async () => {
        const key = fresh("h");
        assert.equal(await kv.hashGet(key, "a"), null);
        assert.deepEqual({ ...(await kv.hashGetAll(key)) }, {});
        await kv.hashSet(key, "a", "1");
        await kv.hashSetMany(key, { a: "2", b: "3", __proto__x: "4" });
        await kv.hashSetMany(key, {});
        assert.deepEqual(await kv.hashGetMany(key, ["b", "nothing", "a"]), ["3", null, "2"]);
        assert.deepEqual(await kv.hashGetMany(key, []), []);
        assert.equal(await kv.hashLength(key), 3);
        assert.equal(await kv.hashDelete(key, "a", "nothing", "b"), 2);
        assert.equal(await kv.hashDelete(key), 0);
        assert.deepEqual({ ...(await kv.hashGetAll(key)) }, { __proto__x: "4" });
        await kv.hashDelete(key, "__proto__x");
        assert.equal(await kv.exists(key), false);
      });

      test("a field that is named like a property of all objects is a field", async () => {
        const key = fresh("h");
        await kv.hashSet(key, "__proto__", "1");
        await kv.hashSet(key, "constructor", "2");
        const all = await kv.hashGetAll(key);
        assert.deepEqual(Object.entries(all).sort(), [
          ["__proto__", "1"],
          ["constructor", "2"],
        ]);
      });

      test("many fields are read as pairs, whatever is in them", async () => {
        const key = fresh("h");
        const fields = Object.fromEntries(Array.from({ length: 600 }, (_, at) => [`f${at}#1`, `${at}:group`]));
        const odd = { "1": "", '/\\"\n': "\u0001\u007fö\u{1f600}", constructor: "{}" };
        await kv.hashSetMany(key, { ...fields, ...odd });
        await kv.hashSet(key, "__proto__", "null");
        const pairs = await kv.hashPairs(key);
        const read = pairs.flatMap((field, n) => (n % 2 === 0 ? [[field, pairs[n + 1]]] : []));
        const written = [...Object.entries({ ...fields, ...odd }), ["__proto__", "null"]];
        assert.deepEqual(read.sort(), written.sort());
        assert.deepEqual(await kv.hashPairs(fresh("h")), []);
      });

      test("of many that claim a field at once, one wins", async () => {
        const key = fresh("h");
        const wins = await Promise.all(Array.from({ length: 50 }, (_, at) => kv.hashSetNx(key, "f", String(at))));
        assert.equal(wins.filter((won) => won).length, 1);
        assert.equal(await kv.hashGet(key, "f"), String(wins.indexOf(true)));
      });

      test("counting up a field loses nothing", async () => {
        const key = fresh("h");
        const answers = await Promise.all(Array.from({ length: 20 }, () => kv.hashIncrement(key, "n", 3)));
        assert.equal(Math.max(...answers), 60);
        assert.equal(await kv.hashIncrement(key, "n", -60), 0);
        assert.equal(await kv.hashGet(key, "n"), "0");
      });

      test("a scan of many fields answers each", async () => {
        const key = fresh("h");
        const fields = Object.fromEntries(Array.from({ length: 1_500 }, (_, at) => [`f${at}`, `v${at}`]));
        await kv.hashSetMany(key, fields);
        const seen = new Map<string, string>();
        for await (const [field, value] of kv.hashScan(key)) seen.set(field, value);
        assert.deepEqual(Object.fromEntries([...seen].sort()), Object.fromEntries(Object.entries(fields).sort()));
        for await (const _ of kv.hashScan(fresh())) assert.fail("nothing is there");
      });
    });

    describe("keys", () => {
      test("those that begin so are found, whatever they are and however many, and no others", async () => {
        const prefix = `${fresh("k[*]")}:`;
        const keys = Array.from({ length: 700 }, (_, at) => `${prefix}${at}`);
        await Promise.all(keys.map((key, at) => (at % 2 === 0 ? kv.set(key, "v") : kv.hashSet(key, "f", "v"))));
        await Promise.all([kv.set(prefix.slice(0, -1), "shorter"), kv.delete(keys[3] ?? "")]);
        const found = new Set<string>();
        for await (const key of kv.keyScan(prefix)) found.add(key);
        assert.deepEqual([...found].sort(), keys.filter((_, at) => at !== 3).sort());
      });
    });

    describe("lists", () => {
      test("pushes of one turn are numbered without a gap, in the order of the calls", async () => {
        const key = fresh("l");
        const lengths = await Promise.all(Array.from({ length: 100 }, (_, at) => kv.listPush(key, `e${at}`)));
        assert.deepEqual(
          lengths,
          Array.from({ length: 100 }, (_, at) => at + 1),
        );
        assert.deepEqual(
          await kv.listRange(key, 0, 99),
          Array.from({ length: 100 }, (_, at) => `e${at}`),
        );
      });

      test("ranges are cut at the ends", async () => {
        const key = fresh("l");
        assert.deepEqual(await kv.listRange(key, 0, 5), []);
        assert.equal(await kv.listLength(key), 0);
        for (const value of ["a", "ö", "c"]) await kv.listPush(key, value);
        assert.deepEqual(await kv.listRange(key, 1, 100), ["ö", "c"]);
        assert.deepEqual(await kv.listRange(key, 3, 100), []);
        assert.deepEqual(await kv.listRange(key, 2, 1), []);
        assert.deepEqual(await kv.listRange(key, 0, -1), []);
        const bytes = await kv.listRangeBytes(key, 0, 1);
        assert.deepEqual(
          bytes.map((value) => Buffer.from(value).toString()),
          ["a", "ö"],
        );
      });

      test("the last entries of a list come with the length that it had then", async () => {
        const key = fresh("l");
        const texts = (entries: readonly Uint8Array[]) => entries.map((entry) => Buffer.from(entry).toString());
        assert.deepEqual(await kv.listTail(key, 2), { length: 0, entries: [] });
        for (const value of ["a", "ö", "c"]) await kv.listPush(key, value);
        const { length, entries } = await kv.listTail(key, 2);
        assert.deepEqual([length, texts(entries)], [3, ["ö", "c"]]);
        assert.deepEqual(texts((await kv.listTail(key, 5)).entries), ["a", "ö", "c"]);
        const growing = fresh("l");
        const steps = Array.from({ length: 20 }, async (_, at) => {
          const [tail] = await Promise.all([kv.listTail(growing, 3), kv.listPush(growing, `${at}`)]);
          return tail;
        });
        for (const tail of await Promise.all(steps)) {
          const first = Math.max(0, tail.length - 3);
          const expected = Array.from({ length: tail.length - first }, (_, at) => `${first + at}`);
          assert.deepEqual(texts(tail.entries), expected);
        }
      });

      test("an entry can be replaced in its place, and only an entry", async () => {
        const key = fresh("l");
        await kv.listPush(key, "a");
        await kv.listPush(key, "b");
        await kv.listSet(key, 0, "A");
        assert.deepEqual(await kv.listRange(key, 0, 1), ["A", "b"]);
        assert.equal(await kv.listGet(key, 1), "b");
        assert.equal(await kv.listGet(key, 2), null);
        await assert.rejects(kv.listSet(key, 2, "c"), RangeError);
        await assert.rejects(kv.listSet(fresh("l"), 0, "c"), RangeError);
      });

      test("of many lists it is told which changed", async () => {
        const keys = Array.from({ length: 600 }, () => fresh("l"));
        for (const [i, key] of keys.entries()) {
          if (i % 3 > 0) await kv.listPush(key, "ö first");
          if (i % 3 > 1) await kv.listPush(key, "2. second");
        }
        const [empty = "", one = "", two = ""] = keys;
        const known = keys.map((key, i) => ({ key, length: i % 3, text: ["", "first", "second"][i % 3] ?? "" }));
        // By bytes: before the first text there is a character of two.
        assert.deepEqual(
          await kv.listChanges(known, 3),
          keys.map(() => null),
        );
        const odd = [
          { key: two, length: 2, text: "first" },
          { key: two, length: 1, text: "first" },
          { key: two, length: 3, text: "first" },
          { key: two, length: 1, text: "" },
          { key: one, length: 0, text: "" },
          { key: one, length: 1, text: "first and more" },
          { key: one, length: 2, text: "" },
          { key: empty, length: 1, text: "first" },
          { key: empty, length: 0, text: "" },
        ];
        const changes = await kv.listChanges([...known, ...odd], 3);
        assert.deepEqual(changes.slice(-odd.length), [
          { length: 2, same: false },
          { length: 2, same: true },
          { length: 2, same: false },
          { length: 2, same: true },
          { length: 1, same: true },
          { length: 1, same: false },
          { length: 1, same: true },
          { length: 0, same: false },
          null,
        ]);
        assert.ok(changes.slice(0, -odd.length).every((change) => change === null));
        assert.deepEqual(await kv.listChanges([], 3), []);
      });
    });

    describe("sets", () => {
      test("a member is in once", async () => {
        const key = fresh("s");
        assert.equal(await kv.setAdd(key, "a"), true);
        assert.equal(await kv.setAdd(key, "a"), false);
        assert.equal(await kv.setAdd(key, "b"), true);
        assert.equal(await kv.setLength(key), 2);
        assert.equal(await kv.setHas(key, "a"), true);
        assert.equal(await kv.setHas(key, "c"), false);
        const seen = new Set<string>();
        for await (const member of kv.setScan(key)) seen.add(member);
        assert.deepEqual([...seen].sort(), ["a", "b"]);
        assert.equal(await kv.setRemove(key, "a"), true);
        assert.equal(await kv.setRemove(key, "a"), false);
        assert.equal(await kv.setLength(key), 1);
      });
    });

    describe("sorted sets", () => {
      const scores = [
        ["minus", -1.5],
        ["zero", 0],
        ["small", 1e-9],
        ["one", 1],
        ["other one", 1],
        ["day", 1_700_000_000_000],
        ["large", 2 ** 52 + 1],
      ] as const;

      test("members come by score, and equal scores by member", async () => {
        const key = fresh("z");
        await Promise.all([...scores].reverse().map(([member, score]) => kv.sortedAdd(key, score, member)));
        const members = scores.map(([member]) => member);
        assert.deepEqual(await kv.sortedRange(key, -10, 2 ** 53, 100), members);
        assert.deepEqual(await kv.sortedRange(key, 0, 1, 100), ["zero", "small", "one", "other one"]);
        assert.deepEqual(await kv.sortedRange(key, 0, 1, 2), ["zero", "small"]);
        assert.deepEqual(await kv.sortedRange(key, 2, 1, 2), []);
        assert.deepEqual(await kv.sortedRange(key, 0, 1, 0), []);
        assert.deepEqual(await kv.sortedNewest(key, 3), ["large", "day", "other one"]);
        assert.deepEqual(await kv.sortedNewest(key, 100), [...members].reverse());
        for (const [member, score] of scores) assert.equal(await kv.sortedScore(key, member), score);
        assert.equal(await kv.sortedScore(key, "nobody"), null);
      });

      test("a member moves when it is added with another score", async () => {
        const key = fresh("z");
        await kv.sortedAdd(key, 5, "a");
        await kv.sortedAdd(key, 7, "b");
        await kv.sortedAdd(key, 9, "a");
        assert.equal(await kv.sortedLength(key), 2);
        assert.deepEqual(await kv.sortedRange(key, 0, 10, 10), ["b", "a"]);
        assert.equal(await kv.sortedRemove(key, "a"), 1);
        assert.equal(await kv.sortedRemove(key, "a"), 0);
        assert.deepEqual(await kv.sortedNewest(key, 10), ["b"]);
        assert.equal(await kv.sortedRemove(key), 0);
        await kv.sortedAdd(key, 8, "c");
        assert.equal(await kv.sortedRemove(key, "b", "nobody", "c", "c"), 2);
        assert.equal(await kv.sortedLength(key), 0);
      });

      test("a range of scores is removed, both ends included", async () => {
        const key = fresh("z");
        for (const [member, score] of scores) await kv.sortedAdd(key, score, member);
        assert.equal(await kv.sortedRemoveRange(key, 0, 1), 4);
        assert.deepEqual(await kv.sortedRange(key, -10, 2 ** 53, 10), ["minus", "day", "large"]);
        assert.equal(await kv.sortedRemoveRange(key, -10, 2 ** 53), 3);
        assert.equal(await kv.exists(key), false);
      });
    });

    describe("keys of any kind", () => {
      test("deleting a large collection is complete, and the key begins again", async () => {
        const key = fresh("l");
        await Promise.all(Array.from({ length: 1_000 }, (_, at) => kv.listPush(key, String(at))));
        assert.equal(await kv.delete(key), true);
        assert.equal(await kv.exists(key), false);
        assert.deepEqual(await kv.listRange(key, 0, 10), []);
        assert.equal(await kv.listPush(key, "new"), 1);
      });

      test("a mistaken kind is refused, is not a StoreUnavailable, and changes nothing", async () => {
        const key = fresh();
        await kv.hashSet(key, "f", "v");
        for (const attempt of [() => kv.get(key), () => kv.listPush(key, "x"), () => kv.setAdd(key, "x")]) {
          await assert.rejects(attempt, (error) => error instanceof Error && !(error instanceof StoreUnavailable));
        }
        assert.equal(await kv.hashGet(key, "f"), "v");
      });

      test("calls on one key are applied in the order in which they were made", async () => {
        const key = fresh();
        const [, first, , second, gone, third] = await Promise.all([
          kv.set(key, "1"),
          kv.get(key),
          kv.set(key, "2"),
          kv.get(key),
          kv.delete(key),
          kv.get(key),
        ]);
        assert.deepEqual([first, second, gone, third], ["1", "2", true, null]);
      });

      test("the instance stays the same", async () => {
        const instance = await kv.instance();
        assert.match(instance, /^\S.{7,}$/);
        assert.equal(await kv.instance(), instance);
      });
    });

    const message = (chat: string, id: string, more: Partial<Append> = {}): Append => {
      const [sender = "", clientId = ""] = id.split(":");
      const entry = JSON.stringify({ kind: "text", sender, clientId, sentAt: 1_000, body: "ä" });
      return {
        log: `c:{${chat}}:m`,
        bucket: `c:{${chat}}:d:1`,
        bucketTtlSeconds: 1_000,
        id,
        entry,
        sentAt: 1_000,
        epoch: "1.ab:c",
        ...more,
      };
    };

    describe("appendOnce", () => {
      test("[MSG-1] different messages get 1, 2, 3 and so on without a gap", async () => {
        const chat = randomUUID();
        const ids = Array.from({ length: 60 }, () => `u:${randomUUID()}`);
        const answers = await Promise.all(ids.map((id) => kv.appendOnce(message(chat, id))));
        const entries = await kv.listRange(`c:{${chat}}:m`, 0, 100);
        assert.equal(entries.length, 60);
        for (const [at, { seq, duplicate, sentAt, epoch }] of answers.entries()) {
          assert.deepEqual({ duplicate, sentAt, epoch }, { duplicate: false, sentAt: 1_000, epoch: "1.ab:c" });
          assert.ok(markOf(entries[seq - 1] ?? "", ids[at] ?? ""));
        }
      });

      test("[MSG-1] of many resends at once, one is appended and all get its seq", async () => {
        const chat = randomUUID();
        await kv.appendOnce(message(chat, `u:${randomUUID()}`));
        const id = `u:${randomUUID()}`;
        const answers = await Promise.all(Array.from({ length: 10 }, () => kv.appendOnce(message(chat, id))));
        assert.deepEqual(new Set(answers.map((answer) => answer.seq)), new Set([2]));
        assert.equal(answers.filter((answer) => !answer.duplicate).length, 1);
        assert.equal(await kv.listLength(`c:{${chat}}:m`), 2);
      });

      test("[MSG-1] a later resend is answered with the first seq, time and epoch", async () => {
        const chat = randomUUID();
        const id = `u:${randomUUID()}`;
        await kv.appendOnce(message(chat, id));
        await kv.appendOnce(message(chat, `u:${randomUUID()}`));
        const again = await kv.appendOnce(message(chat, id, { sentAt: 9_000, epoch: "2.zz", knownLength: 2 }));
        assert.deepEqual(again, { seq: 1, sentAt: 1_000, epoch: "1.ab:c", duplicate: true });
      });

      test("[MSG-1] the claim that another node left unfinished is honoured: what it pushed is found", async () => {
        const chat = randomUUID();
        const id = `u:${randomUUID()}`;
        const append = message(chat, id, { sentAt: 9_000 });
        await kv.listPush(append.log, "{}");
        await kv.hashSet(append.bucket, id, pendingClaim(1));
        await kv.listPush(append.log, message(chat, id).entry);
        assert.deepEqual(await kv.appendOnce(append), { seq: 2, sentAt: 1_000, epoch: "1.ab:c", duplicate: true });
        assert.equal(await kv.listLength(append.log), 2);
      });

      test("a bucket lives as long as was asked for", async () => {
        const chat = randomUUID();
        const [mortal, kept] = [`u:${randomUUID()}`, `u:${randomUUID()}`];
        await kv.appendOnce(message(chat, mortal, { bucketTtlSeconds: 100 }));
        await kv.appendOnce(message(chat, kept, { bucket: `c:{${chat}}:d:0`, bucketTtlSeconds: null }));
        assert.equal((await kv.appendOnce(message(chat, mortal, { bucketTtlSeconds: 100 }))).duplicate, true);
        assert.equal((await kv.appendOnce(message(chat, kept, { bucket: `c:{${chat}}:d:0` }))).duplicate, true);
      });
    });

    describe("appendIf", () => {
      /** Hashes of other slots than the log's: one of which some fields were read, one read whole, one that is not there. */
      const grounded = async () => {
        const [some, whole, none] = [fresh(), fresh(), fresh()];
        await kv.hashSetMany(some, { one: "1", ä: "€" });
        await kv.hashSetMany(whole, { 10: "ten", 9: "x".repeat(200) });
        const reads = new RecordedReads(kv);
        await reads.hashGetMany(some, ["one", "missing", "ä"]);
        await Promise.all([reads.hashPairs(whole), reads.hashGetAll(none)]);
        const grounds = reads.grounds as Grounds;
        const chat = randomUUID();
        const append = () => kv.appendIf(message(chat, `u:${randomUUID()}`), grounds);
        return { some, whole, none, grounds, chat, append };
      };

      test("appends on what still is as it was read, or leaves it to others", async () => {
        const { chat, append } = await grounded();
        const [first, second] = [await append(), await append()];
        assert.deepEqual(
          [first, second],
          appendsIf ? [1, 2].map((seq) => ({ seq, sentAt: 1_000, epoch: "1.ab:c", duplicate: false })) : [null, null],
        );
        assert.equal(await kv.listLength(`c:{${chat}}:m`), appendsIf ? 2 : 0);
      });

      test("appends nothing when anything is another now, and again when it is as it was", async () => {
        const { some, whole, none, chat, append } = await grounded();
        const changes: readonly [key: string, field: string, value: string, before: string | null][] = [
          [some, "one", "2", "1"],
          [some, "missing", "", null],
          [whole, "9", "y", "x".repeat(200)],
          [whole, "11", "more", null],
          [none, "any", "thing", null],
        ];
        for (const [key, field, value, before] of changes) {
          await kv.hashSet(key, field, value);
          assert.equal(await append(), null);
          await (before === null ? kv.hashDelete(key, field) : kv.hashSet(key, field, before));
        }
        await kv.hashDelete(some, "ä");
        assert.equal(await append(), null);
        await kv.hashSet(some, "ä", "€");
        // A field that was not read may hold anything.
        await kv.hashSet(some, "other", "new");
        assert.equal((await append())?.seq, appendsIf ? 1 : undefined);
        assert.equal(await kv.listLength(`c:{${chat}}:m`), appendsIf ? 1 : 0);
      });

      test("[MSG-1] what is appended already is answered whatever the grounds, what somebody has begun is not", async () => {
        const { some, grounds, chat } = await grounded();
        const [done, begun] = [`u:${randomUUID()}`, `u:${randomUUID()}`];
        await kv.appendOnce(message(chat, done));
        await kv.hashSet(message(chat, begun).bucket, begun, pendingClaim(1));
        assert.equal(await kv.appendIf(message(chat, begun), grounds), null);
        await kv.hashSet(some, "one", "2");
        const again = await kv.appendIf(message(chat, done, { sentAt: 9_000 }), grounds);
        assert.deepEqual(again, appendsIf ? { seq: 1, sentAt: 1_000, epoch: "1.ab:c", duplicate: true } : null);
        assert.equal(await kv.listLength(`c:{${chat}}:m`), 1);
      });

      test("appends behind the entry that it comes after, and never without it", async () => {
        const { grounds, chat } = await grounded();
        const [first, second, third, begun] = Array.from({ length: 4 }, () => `u:${randomUUID()}`) as [
          string,
          string,
          string,
          string,
        ];
        const append = (id: string, after?: string, sentAt = 1_000) =>
          kv.appendIf(message(chat, id, after === undefined ? {} : { after: { id: after, sentAt } }), grounds);
        assert.equal(await append(second, first), null);
        await kv.hashSet(message(chat, begun).bucket, begun, pendingClaim(0));
        assert.equal(await append(second, begun), null);
        // Asked in one go, each before the one that it follows is answered.
        const answers = await Promise.all([append(first), append(second, first), append(third, second)]);
        assert.deepEqual(
          answers.map((answer) => answer?.seq ?? null),
          appendsIf ? [1, 2, 3] : [null, null, null],
        );
        // Another one of that id was there before.
        assert.equal(await append(`u:${randomUUID()}`, third, 2_000), null);
        const again = await append(second, `u:${randomUUID()}`);
        assert.deepEqual([again?.seq, again?.duplicate], appendsIf ? [2, true] : [undefined, undefined]);
      });
    });
  });
}
