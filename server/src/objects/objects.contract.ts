import assert from "node:assert/strict";
import { createHash, randomBytes, randomUUID } from "node:crypto";
import { request as httpRequest } from "node:http";
import { after, before, describe, test } from "node:test";
import { type Objects, ObjectsUnavailable, type SignedRequest, type StoredPart } from "./objects.ts";

export interface ObjectsUnderTest {
  readonly objects: Objects;
  /** Host by which clients reach the store where it is this server's own. */
  readonly host: string;
  /** Put before URLs that have none. */
  readonly origin: string;
  /** Lets so much time pass for what was signed. */
  pass(seconds: number): Promise<void>;
  close(): Promise<void>;
}

/** S3 takes no smaller part but the last. */
const PART_BYTES = 5 * 1024 ** 2;
const TTL_SECONDS = 60;

/** What every store of files does, by the words of objects.ts, seen from its clients. */
export function describeObjects(name: string, open: () => Promise<ObjectsUnderTest>): void {
  describe(`Objects: ${name}`, { concurrency: 1 }, () => {
    let store: ObjectsUnderTest;
    let objects: Objects;
    before(async () => {
      store = await open();
      objects = store.objects;
    });
    after(() => store?.close());

    const access = () => ({ host: store.host, ttlSeconds: TTL_SECONDS });
    const fresh = () => `f/${randomUUID()}`;
    const at = (url: string) => (url.startsWith("/") ? store.origin + url : url);
    const md5Of = (bytes: Uint8Array) => createHash("md5").update(bytes).digest("hex");
    const about = (bytes: Uint8Array) => ({ size: bytes.length, md5: md5Of(bytes) });
    const signPut = (key: string, bytes: Uint8Array, type = "image/png") =>
      objects.signPut(key, { ...about(bytes), type }, access());
    const put = ({ url, headers }: SignedRequest, body: Uint8Array, more: Record<string, string> = {}) =>
      send("PUT", url, { ...headers, ...more }, body);
    const signGet = (key: string, shown = { name: "a.png", type: "image/png", download: false }) =>
      objects.signGet(key, shown, access());

    async function send(method: string, url: string, headers: Record<string, string> = {}, body?: Uint8Array) {
      const response = await fetch(at(url), { method, headers, ...(body === undefined ? {} : { body }) });
      const bytes = Buffer.from(await response.arrayBuffer());
      return { status: response.status, headers: response.headers, bytes };
    }

    /** An object that is there. */
    async function stored(bytes: Uint8Array, type = "image/png"): Promise<string> {
      const key = fresh();
      assert.equal((await put(await signPut(key, bytes, type), bytes)).status, 200);
      return key;
    }

    async function putParts(key: string, uploadId: string, parts: ReadonlyMap<number, Uint8Array>): Promise<void> {
      for (const [number, bytes] of parts) {
        const part = await objects.signPart(key, { uploadId, number, ...about(bytes) }, access());
        assert.equal((await put(part, bytes)).status, 200);
      }
    }

    describe("whole objects", () => {
      test("[FILE-1] what was put is there with its size, its MD5 and its bytes", async () => {
        const bytes = randomBytes(300_000);
        const key = await stored(bytes);
        const found = await objects.look(key);
        assert.equal(found?.size, bytes.length);
        if (objects.abilities.md5) assert.equal(found?.etag, md5Of(bytes));
        assert.deepEqual(Buffer.from(await objects.readStart(key, 4_096)), bytes.subarray(0, 4_096));
        assert.deepEqual(Buffer.from(await objects.readStart(key, 4_000_000)), bytes);
        const got = await send("GET", await signGet(key));
        assert.equal(got.status, 200);
        assert.deepEqual(got.bytes, bytes);
        assert.equal(got.headers.get("content-length"), String(bytes.length));
      });

      test("[FILE-1] there is nothing where nothing was put", async () => {
        const key = fresh();
        assert.equal(await objects.look(key), null);
        assert.equal((await send("GET", await signGet(key))).status, 404);
        await objects.delete(key);
      });

      test("[FILE-1] other bytes, another length, another type and a missing hash are refused, and nothing stays", async () => {
        const bytes = randomBytes(50_000);
        const [other, longer] = [randomBytes(50_000), randomBytes(50_001)];
        const key = fresh();
        const signed = await signPut(key, bytes);
        const { "content-md5": _md5, ...withoutHash } = signed.headers;
        for (const refused of [
          await put(signed, other),
          await put(signed, other, { "content-md5": Buffer.from(md5Of(other), "hex").toString("base64") }),
          await put(signed, longer),
          await put(signed, bytes.subarray(1)),
          await put(signed, bytes, { "content-type": "text/html" }),
          await send("PUT", signed.url, withoutHash, bytes),
        ]) {
          assert.ok(refused.status >= 400 && refused.status < 500, `${refused.status}`);
          assert.equal(await objects.look(key), null);
        }
        assert.equal((await put(signed, bytes)).status, 200);
      });

      test("[FILE-1] a body that breaks off leaves nothing, and can be sent again", async () => {
        const bytes = randomBytes(400_000);
        const key = fresh();
        const { url, headers } = await signPut(key, bytes);
        const broken = httpRequest(at(url), { method: "PUT", headers: { ...headers, "content-length": bytes.length } });
        const ended = new Promise<void>((resolve) => broken.once("close", () => resolve()));
        broken.on("error", () => {});
        broken.write(bytes.subarray(0, 200_000), () => broken.destroy());
        await ended;
        assert.equal(await objects.look(key), null);
        assert.equal((await put({ url, headers }, bytes)).status, 200);
        assert.deepEqual((await send("GET", await signGet(key))).bytes, bytes);
      });

      test("[FILE-1] what was put cannot be replaced where the store can see to it", async () => {
        const bytes = randomBytes(10_000);
        const key = fresh();
        const signed = await signPut(key, bytes);
        const answers = await Promise.all(Array.from({ length: 6 }, () => put(signed, bytes)));
        const late = await put(signed, bytes);
        const others = await signPut(key, randomBytes(10_000));
        const other = await put(others, randomBytes(10_000));
        assert.ok(other.status >= 400);
        if (objects.abilities.putOnce) {
          assert.equal(answers.filter(({ status }) => status === 200).length, 1);
          assert.ok([409, 412].includes(late.status), `${late.status}`);
        }
        assert.deepEqual((await send("GET", await signGet(key))).bytes, bytes);
      });

      test("[FILE-5] what is shut is gone and takes no bytes by URLs of before, until it is deleted", async () => {
        if (!objects.abilities.putOnce) return;
        const bytes = randomBytes(30_000);
        const [sent, unsent] = [fresh(), fresh()];
        const puts = [await signPut(sent, bytes), await signPut(unsent, bytes)] as const;
        assert.equal((await put(puts[0], bytes)).status, 200);
        await Promise.all([sent, unsent].map((key) => objects.shut(key)));
        for (const [at, key] of [sent, unsent].entries()) {
          assert.equal(await objects.look(key), null);
          assert.equal((await put(puts[at] ?? puts[0], bytes)).status, 412);
          assert.equal((await send("GET", await signGet(key))).bytes.includes(bytes), false);
          await objects.shut(key);
          await objects.delete(key);
          assert.equal((await put(puts[at] ?? puts[0], bytes)).status, 200);
        }
      });

      test("[FILE-1] a copy stays as it is whatever becomes of what it was made from", async () => {
        const bytes = randomBytes(20_000);
        const from = await stored(bytes);
        const to = fresh();
        await objects.copy(from, to);
        assert.equal((await objects.look(to))?.size, bytes.length);
        await objects.copy(await stored(randomBytes(30_000)), from);
        assert.equal((await objects.look(from))?.size, 30_000);
        await objects.delete(from);
        assert.deepEqual((await send("GET", await signGet(to))).bytes, bytes);
        await assert.rejects(objects.copy(from, fresh()), ObjectsUnavailable);
      });

      test("[FILE-1] what was deleted is gone, also for who has a URL; deleting again is harmless", async () => {
        const key = await stored(randomBytes(1_000));
        const url = await signGet(key);
        await objects.delete(key);
        await objects.delete(key);
        assert.equal(await objects.look(key), null);
        assert.equal((await send("GET", url)).status, 404);
      });
    });

    describe("signatures", () => {
      test("[FILE-2] without one, or with another, nothing is told or taken", async () => {
        const bytes = randomBytes(1_000);
        const url = await signGet(await stored(bytes));
        const signed = await signPut(fresh(), bytes);
        const wrong = (text: string) =>
          text.replace(/(X-Amz-Signature=)(.)/, (_, name, first) => `${name}${first === "0" ? "1" : "0"}`);
        for (const refused of [
          await send("GET", url.split("?")[0] ?? ""),
          await send("GET", wrong(url)),
          await send("PUT", signed.url.split("?")[0] ?? "", signed.headers, bytes),
          await put({ ...signed, url: wrong(signed.url) }, bytes),
        ]) {
          assert.equal(refused.status, 403);
          assert.ok(!refused.bytes.includes(bytes));
        }
      });

      test("[FILE-2] one is for its path, its method and its query alone", async () => {
        const bytes = randomBytes(1_000);
        const [key, other] = [await stored(bytes), await stored(bytes)];
        const url = await signGet(key);
        const signed = await signPut(fresh(), bytes);
        for (const refused of [
          await send("GET", url.replace(key, other)),
          await send("GET", url.replace("image%2Fpng", "text%2Fhtml")),
          await send("GET", `${url}&response-cache-control=no-store`),
          await send("DELETE", url),
          await send("PUT", url, {}, bytes),
          await send("GET", signed.url.replace(signed.url.split("?")[0] ?? "", url.split("?")[0] ?? "")),
          await put({ ...signed, url: signed.url.replace(/f\/[^?]+/, key) }, bytes),
        ]) {
          assert.equal(refused.status, 403);
          assert.ok(!refused.bytes.includes(bytes));
        }
        assert.equal((await objects.look(key))?.size, bytes.length);
      });

      test("[FILE-2] one ends when its time is over", async () => {
        const bytes = randomBytes(1_000);
        const key = await stored(bytes);
        const shown = { name: "a.png", type: "image/png", download: false };
        const soon = { host: store.host, ttlSeconds: 1 };
        const url = await objects.signGet(key, shown, soon);
        const signed = await objects.signPut(fresh(), { ...about(bytes), type: "image/png" }, soon);
        await store.pass(3);
        assert.equal((await send("GET", url)).status, 403);
        assert.equal((await put(signed, bytes)).status, 403);
        assert.equal((await send("GET", await signGet(key))).status, 200);
      });
    });

    describe("ranges", () => {
      test("[FILE-3] any stretch of bytes is told with its place", async () => {
        const bytes = randomBytes(100_000);
        const url = await signGet(await stored(bytes));
        for (const [range, from, to] of [
          ["bytes=0-0", 0, 1],
          ["bytes=100-70000", 100, 70_001],
          ["bytes=99990-", 99_990, 100_000],
          ["bytes=99990-200000", 99_990, 100_000],
          ["bytes=-100", 99_900, 100_000],
        ] as const) {
          const got = await send("GET", url, { range });
          assert.equal(got.status, 206, range);
          assert.equal(got.headers.get("content-range"), `bytes ${from}-${to - 1}/${bytes.length}`);
          assert.deepEqual(got.bytes, bytes.subarray(from, to), range);
        }
        assert.equal((await send("GET", url, { range: "bytes=100000-" })).status, 416);
      });

      test("[FILE-3] an object of parts is read across their borders", async () => {
        const bytes = randomBytes(2 * PART_BYTES + 1_000);
        const key = fresh();
        const uploadId = await objects.startParts(key, "video/mp4");
        const cut = (number: number) => bytes.subarray((number - 1) * PART_BYTES, number * PART_BYTES);
        await putParts(key, uploadId, new Map([1, 2, 3].map((number) => [number, cut(number)])));
        assert.equal(await objects.joinParts(key, uploadId, await objects.listParts(key, uploadId)), true);
        const url = await signGet(key);
        assert.ok((await send("GET", url)).bytes.equals(bytes));
        for (const [from, to] of [
          [PART_BYTES - 10, PART_BYTES + 10],
          [PART_BYTES - 1, 2 * PART_BYTES + 1],
          [2 * PART_BYTES, bytes.length],
        ] as const) {
          const got = await send("GET", url, { range: `bytes=${from}-${to - 1}` });
          assert.equal(got.status, 206);
          assert.ok(got.bytes.equals(bytes.subarray(from, to)));
        }
        const copy = fresh();
        await objects.copy(key, copy);
        await objects.delete(key);
        assert.equal((await send("GET", url)).status, 404);
        assert.ok((await send("GET", await signGet(copy))).bytes.equals(bytes));
      });
    });

    describe("parts", () => {
      const first = randomBytes(PART_BYTES);
      const last = randomBytes(1_234);
      const named = (parts: readonly StoredPart[]) => parts.map(({ number, size }) => [number, size]);

      test("[FILE-3] they arrive in any order, may be sent again, and become one object", async () => {
        const key = fresh();
        const uploadId = await objects.startParts(key, "video/mp4");
        assert.deepEqual(await objects.listParts(key, uploadId), []);
        await putParts(key, uploadId, new Map([[2, last]]));
        assert.deepEqual(named(await objects.listParts(key, uploadId)), [[2, last.length]]);
        await putParts(key, uploadId, new Map([[1, first]]));
        await putParts(key, uploadId, new Map([[2, last]]));
        const parts = await objects.listParts(key, uploadId);
        assert.deepEqual(named(parts), [
          [1, first.length],
          [2, last.length],
        ]);
        if (objects.abilities.md5)
          assert.deepEqual(
            parts.map(({ etag }) => etag),
            [md5Of(first), md5Of(last)],
          );
        assert.equal(await objects.look(key), null);
        assert.equal(await objects.joinParts(key, uploadId, parts), true);
        assert.equal((await objects.look(key))?.size, first.length + last.length);
        assert.deepEqual(Buffer.from(await objects.readStart(key, 100)), first.subarray(0, 100));
      });

      test("[FILE-3] after they were joined none can be changed, and they are joined once", async () => {
        const key = fresh();
        const uploadId = await objects.startParts(key, "video/mp4");
        const part = await objects.signPart(key, { uploadId, number: 1, ...about(last) }, access());
        assert.equal((await put(part, last)).status, 200);
        const parts = await objects.listParts(key, uploadId);
        assert.equal(await objects.joinParts(key, uploadId, parts), true);
        const before = await objects.look(key);
        assert.equal((await put(part, last)).status, 404);
        // A store may answer the repetition as it did at first, and no store makes another object.
        await objects.joinParts(key, uploadId, parts).catch((error: unknown) => {
          assert.ok(error instanceof ObjectsUnavailable);
        });
        assert.deepEqual(await objects.look(key), before);
        assert.deepEqual((await send("GET", await signGet(key))).bytes, last);
      });

      test("[FILE-1] a part of other bytes, another length, number or upload is refused", async () => {
        const key = fresh();
        const [uploadId, otherId] = [await objects.startParts(key, "a/b"), await objects.startParts(key, "a/b")];
        const part = await objects.signPart(key, { uploadId, number: 1, ...about(last) }, access());
        for (const refused of [
          await put(part, randomBytes(last.length)),
          await put(part, last.subarray(1)),
          await put({ ...part, url: part.url.replace("partNumber=1", "partNumber=2") }, last),
          await put(
            { ...part, url: part.url.replace(encodeURIComponent(uploadId), encodeURIComponent(otherId)) },
            last,
          ),
        ]) {
          assert.ok(refused.status >= 400 && refused.status < 500, `${refused.status}`);
        }
        assert.deepEqual(await objects.listParts(key, uploadId), []);
        assert.deepEqual(await objects.listParts(key, otherId), []);
        assert.equal((await put(part, last)).status, 200);
      });

      test("[FILE-3] parts that are not there are not joined, and what is there can be joined later", async () => {
        const key = fresh();
        const uploadId = await objects.startParts(key, "video/mp4");
        await putParts(key, uploadId, new Map([[1, first]]));
        const [one] = await objects.listParts(key, uploadId);
        assert.ok(one !== undefined);
        const missing = { number: 2, size: last.length, etag: md5Of(last) };
        await assert.rejects(objects.joinParts(key, uploadId, [one, missing]), ObjectsUnavailable);
        assert.equal(await objects.look(key), null);
        await putParts(key, uploadId, new Map([[2, last]]));
        assert.equal(await objects.joinParts(key, uploadId, [one, missing]), true);
        assert.equal((await objects.look(key))?.size, first.length + last.length);
      });

      test("[FILE-3] an upload that was given up is gone, with what arrived", async () => {
        const key = fresh();
        const uploadId = await objects.startParts(key, "video/mp4");
        const part = await objects.signPart(key, { uploadId, number: 1, ...about(last) }, access());
        assert.equal((await put(part, last)).status, 200);
        const parts = await objects.listParts(key, uploadId);
        await objects.dropParts(key, uploadId);
        await objects.dropParts(key, uploadId);
        assert.deepEqual(await objects.listParts(key, uploadId), []);
        assert.equal((await put(part, last)).status, 404);
        assert.equal(await objects.joinParts(key, uploadId, parts), false);
        assert.equal(await objects.look(key), null);
      });
    });

    describe("browsers", () => {
      test("[FILE-7] show pictures in place, and save all that could run, under the name it has", async () => {
        const bytes = Buffer.from("<script>alert(1)</script>");
        const key = await stored(bytes, "text/html");
        const shown = async (name: string, type: string, download = false) => {
          const { headers } = await send("GET", await signGet(key, { name, type, download }));
          return [headers.get("content-type"), headers.get("content-disposition")?.split(";")[0]];
        };
        assert.deepEqual(await shown("a.png", "image/png"), ["image/png", "inline"]);
        assert.deepEqual(await shown("a.png", "image/png", true), ["image/png", "attachment"]);
        for (const type of [
          "text/html",
          "image/svg+xml",
          "application/xhtml+xml",
          "application/pdf",
          "text/javascript",
        ]) {
          assert.deepEqual(await shown("a", type), ["application/octet-stream", "attachment"], type);
        }
        const named = await send(
          "GET",
          await signGet(key, { name: `ü "x"'; a=b.txt`, type: "text/plain", download: true }),
        );
        assert.equal(
          named.headers.get("content-disposition"),
          `attachment; filename="_ _x___ a_b.txt"; filename*=UTF-8''%C3%BC%20%22x%22%27%3B%20a%3Db.txt`,
        );
      });

      test("[FILE-2] of the app's origin may send and read", async () => {
        const bytes = randomBytes(1_000);
        const origin = "https://chat.example";
        const signed = await signPut(fresh(), bytes);
        const asked = await send("OPTIONS", signed.url, {
          origin,
          "access-control-request-method": "PUT",
          "access-control-request-headers": Object.keys(signed.headers).sort().join(","),
        });
        assert.ok(asked.status === 200 || asked.status === 204, `${asked.status}`);
        assert.ok(["*", origin].includes(asked.headers.get("access-control-allow-origin") ?? ""));
        assert.match(asked.headers.get("access-control-allow-methods") ?? "", /PUT/);
        const sent = await put(signed, bytes, { origin });
        assert.equal(sent.status, 200);
        assert.ok(["*", origin].includes(sent.headers.get("access-control-allow-origin") ?? ""));
        assert.match(sent.headers.get("access-control-expose-headers") ?? "", /etag/i);
      });
    });
  });
}
