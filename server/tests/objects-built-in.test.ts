import assert from "node:assert/strict";
import { createHash, randomBytes, randomUUID } from "node:crypto";
import { once } from "node:events";
import { readdir, readFile, rename, truncate, writeFile } from "node:fs/promises";
import { type ClientRequest, createServer, request as httpRequest, type IncomingMessage } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  PutObjectCommand,
  S3Client,
  type S3ClientConfig,
  S3ServiceException,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import { createLog } from "../src/log.ts";
import { OBJECTS_PATH, ObjectService, type ServiceOptions } from "../src/objects/built-in/service.ts";
import { type ToSign, UrlSigner } from "../src/objects/url-signer.ts";
import { systemClock } from "../src/platform.ts";
import { removeTemporaryFolders, temporaryFolder } from "./_util/folder.ts";
import { MovingClock } from "./_util/moving-clock.ts";
import { startNode } from "./_util/node.ts";
import { turnsUntil } from "./_util/patience.ts";

const KEYS = { accessKey: "key", secretKey: "secret of the service", region: "us-east-1" };
const PART_BYTES = 5 * 1024 ** 2;

class Store {
  readonly root: string;
  readonly client: S3Client;
  readonly origin: string;
  readonly #count: { readonly underWay: number };
  readonly #close: () => Promise<void>;

  /** Answers that have not ended. */
  get underWay(): number {
    return this.#count.underWay;
  }

  private constructor(root: string, origin: string, count: { readonly underWay: number }, close: () => Promise<void>) {
    this.root = root;
    this.origin = origin;
    this.#count = count;
    this.client = this.newClient({});
    this.#close = close;
  }

  static async open(root?: string, more: Partial<ServiceOptions> = {}): Promise<Store> {
    const folder = root ?? (await temporaryFolder());
    const log = createLog("silent");
    const service = await ObjectService.open({
      ...{
        root: folder,
        bucket: "parley",
        keys: KEYS,
        reserveBytes: 0,
        rate: 0,
        userRate: 0,
        clock: systemClock,
        log,
        ...more,
      },
    });
    const count = { underWay: 0 };
    const server = createServer((request, response) => {
      count.underWay += 1;
      response.on("close", () => {
        count.underWay -= 1;
      });
      void service.serve(request, response, { host: request.headers.host ?? "", address: "192.0.2.1" });
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    return new Store(folder, origin, count, async () => {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    });
  }

  /** As anybody's program for S3 would be. */
  newClient(more: S3ClientConfig): S3Client {
    return new S3Client({
      endpoint: `${this.origin}${OBJECTS_PATH}`,
      region: KEYS.region,
      credentials: { accessKeyId: KEYS.accessKey, secretAccessKey: KEYS.secretKey },
      forcePathStyle: true,
      maxAttempts: 1,
      requestChecksumCalculation: "WHEN_REQUIRED",
      responseChecksumValidation: "WHEN_REQUIRED",
      ...more,
    });
  }

  async sign(what: Partial<ToSign> & { readonly key: string }) {
    const signer = new UrlSigner(this.client.config, { here: true, path: OBJECTS_PATH }, { now: () => Date.now() });
    const all = { method: "GET" as const, bucket: "parley", query: {}, headers: {}, ...what };
    return signer.sign(all, { host: new URL(this.origin).host, ttlSeconds: 60 });
  }

  async put(key: string, body: Uint8Array, more: { readonly IfNoneMatch?: string; readonly ContentMD5?: string } = {}) {
    return this.client.send(new PutObjectCommand({ Bucket: "parley", Key: key, Body: body, ...more }));
  }

  async get(key: string): Promise<Uint8Array | null> {
    try {
      const { Body } = await this.client.send(new GetObjectCommand({ Bucket: "parley", Key: key }));
      return (await Body?.transformToByteArray()) ?? null;
    } catch (error) {
      if (error instanceof S3ServiceException && error.name === "NoSuchKey") return null;
      throw error;
    }
  }

  async close(): Promise<void> {
    this.client.destroy();
    await this.#close();
  }
}

const refusal = (name: string) => (error: unknown) => error instanceof S3ServiceException && error.name === name;
const fresh = () => `f/${randomUUID()}`;

describe("the built-in object service", { concurrency: 1 }, () => {
  after(removeTemporaryFolders);

  test("[FILE-7] nothing that it says runs in a browser, whatever was stored or asked for", async () => {
    const store = await Store.open();
    const key = fresh();
    await store.put(key, Buffer.from("<script>alert(1)</script>"));
    const inline = { "response-content-type": "text/html", "response-content-disposition": "inline" };
    const asked = await store.sign({ key, query: inline });
    const plain = await store.sign({ key });
    const answers = [
      await fetch(store.origin + asked.url),
      await fetch(store.origin + plain.url),
      await fetch(store.origin + plain.url, { headers: { range: "bytes=0-3" } }),
      await fetch(`${store.origin}/objects/parley/${key}`),
      await fetch(store.origin + (await store.sign({ key: fresh() })).url),
      await fetch(store.origin + plain.url, { method: "OPTIONS" }),
    ];
    assert.deepEqual(
      answers.map(({ status }) => status),
      [200, 200, 206, 403, 404, 204],
    );
    for (const { headers } of answers) {
      assert.equal(headers.get("content-security-policy"), "sandbox; default-src 'none'");
      assert.equal(headers.get("x-content-type-options"), "nosniff");
    }
    for (const { headers } of answers.slice(0, 3))
      assert.match(headers.get("content-disposition") ?? "", /^attachment/);
    await Promise.all(answers.map((response) => response.arrayBuffer()));
    await store.close();
  });

  test("[FILE-2] no path leads out of its folder, signed or not", async () => {
    const store = await Store.open();
    await writeFile(join(store.root, "secret"), "secret");
    for (const key of [
      "../secret",
      "..",
      "f/../../secret",
      "%2e%2e/secret",
      "f//x",
      "f/.hidden",
      "/etc/passwd",
      "f/a%00b",
    ]) {
      const { url } = await store.sign({ key });
      const { status, body } = await raw(store.origin, "GET", url);
      assert.equal(status, 400, key);
      assert.doesNotMatch(body, /^secret/);
    }
    const before = (await readdir(store.root)).sort();
    const { url, headers } = await store.sign({ method: "PUT", key: "../escaped", headers: { "content-length": "1" } });
    assert.equal((await raw(store.origin, "PUT", url, headers, "x")).status, 400);
    assert.deepEqual((await readdir(store.root)).sort(), before);
    await store.close();
  });

  test("[FILE-2] what decides about a request has to be signed", async () => {
    const store = await Store.open();
    const [secret, own] = [fresh(), fresh()];
    await store.put(secret, Buffer.from("of somebody else"));
    const { url } = await store.sign({ method: "PUT", key: own });
    const copied = await fetch(store.origin + url, {
      method: "PUT",
      headers: { "x-amz-copy-source": `parley/${secret}` },
    });
    assert.equal(copied.status, 403);
    assert.equal(await store.get(own), null);
    const read = await store.sign({ key: secret });
    const twice = await fetch(`${store.origin}${read.url}&X-Amz-Expires=600000`);
    assert.equal(twice.status, 400);
    const other = await fetch(`${store.origin}${read.url.replace("X-Amz-Expires=60", "X-Amz-Expires=600000")}`);
    assert.equal(other.status, 403);
    await Promise.all([copied, twice, other].map((response) => response.arrayBuffer()));
    await store.close();
  });

  test("[FILE-2] requests signed in their headers are believed as S3 believes them", async () => {
    const store = await Store.open();
    const body = randomBytes(1_000);
    const wrongKey = store.newClient({ credentials: { accessKeyId: KEYS.accessKey, secretAccessKey: "another" } });
    const noKey = store.newClient({ credentials: { accessKeyId: "nobody", secretAccessKey: KEYS.secretKey } });
    const late = store.newClient({ systemClockOffset: -20 * 60_000 });
    const tampering = store.newClient({});
    tampering.middlewareStack.add(
      (next) => (args) => {
        (args.request as { body: unknown }).body = Buffer.from(body).fill(0, 0, 1);
        return next(args);
      },
      { step: "deserialize", priority: "low" },
    );
    for (const [client, name] of [
      [wrongKey, "SignatureDoesNotMatch"],
      [noKey, "InvalidAccessKeyId"],
      [late, "RequestTimeTooSkewed"],
      [tampering, "XAmzContentSHA256Mismatch"],
    ] as const) {
      const key = fresh();
      const put = client.send(new PutObjectCommand({ Bucket: "parley", Key: key, Body: body }));
      await assert.rejects(put, refusal(name), name);
      assert.equal(await store.get(key), null);
      client.destroy();
    }
    const md5 = createHash("md5").update("another").digest("base64");
    await assert.rejects(store.put(fresh(), body, { ContentMD5: md5 }), refusal("BadDigest"));
    await assert.rejects(
      store.client.send(new GetObjectCommand({ Bucket: "another", Key: "a" })),
      refusal("NoSuchBucket"),
    );
    await store.close();
  });

  test("[FILE-1] of many different bodies for one key at once one wins, and stays", async () => {
    const store = await Store.open();
    const key = fresh();
    const bodies = Array.from({ length: 20 }, () => randomBytes(100_000));
    const puts = await Promise.allSettled(bodies.map((body) => store.put(key, body, { IfNoneMatch: "*" })));
    const winners = puts.flatMap(({ status }, at) => (status === "fulfilled" ? [at] : []));
    assert.equal(winners.length, 1);
    // Who comes while as many are received as may be is told to come later.
    const refused = ["PreconditionFailed", "SlowDown"].map(refusal);
    assert.ok(puts.every((put) => put.status === "fulfilled" || refused.some((isIt) => isIt(put.reason))));
    assert.deepEqual(Buffer.from((await store.get(key)) ?? []), bodies[winners[0] ?? -1]);
    assert.deepEqual(await readdir(join(store.root, "new")), []);
    await store.close();
  });

  test("[FILE-3] what was stored, and what had arrived of an upload, outlives the service", async () => {
    const first = await Store.open();
    const [whole, joined, begun, aside] = [fresh(), fresh(), fresh(), fresh()];
    const bytes = randomBytes(PART_BYTES);
    await first.put(whole, bytes);
    const ids = [
      await upload(first, joined, bytes),
      await upload(first, begun, bytes),
      await upload(first, aside, bytes),
    ];
    await complete(first, joined, ids[0] ?? "", bytes);
    await first.close();
    // As a service leaves it that ends between setting parts aside and naming them, and in the middle of a PUT.
    await rename(join(first.root, "uploads", ids[2] ?? ""), join(first.root, "joining", ids[2] ?? ""));
    await writeFile(join(first.root, "new", "half"), "half of a body");

    const second = await Store.open(first.root);
    assert.deepEqual(Buffer.from((await second.get(whole)) ?? []), bytes);
    assert.deepEqual(Buffer.from((await second.get(joined)) ?? []), bytes);
    assert.equal(await second.get(aside), null);
    for (const [key, id] of [
      [begun, ids[1]],
      [aside, ids[2]],
    ] as const) {
      await complete(second, key, id ?? "", bytes);
      assert.deepEqual(Buffer.from((await second.get(key)) ?? []), bytes);
    }
    assert.deepEqual(await readdir(join(second.root, "new")), []);
    await second.close();
  });

  test("[FILE-1] a file that was damaged on the disk is not handed out", async () => {
    const store = await Store.open();
    const key = fresh();
    await store.put(key, randomBytes(10_000));
    const [path] = (await readdir(join(store.root, "objects"), { recursive: true })).filter((name) => name.length > 10);
    const file = join(store.root, "objects", path ?? "");
    assert.ok((await readFile(file)).length > 10_000);
    await truncate(file, 9_000);
    const { status } = await raw(store.origin, "GET", (await store.sign({ key })).url);
    assert.equal(status, 500);
    await store.close();
  });

  test("[FILE-5] a body that would take of the disk's reserve is refused, with all that are on their way", async () => {
    const disk = { free: 3_000 };
    const store = await Store.open(undefined, { reserveBytes: 1_000, freeBytes: async () => disk.free });
    await assert.rejects(store.put(fresh(), randomBytes(2_001)), refusal("InsufficientStorage"));
    await store.put(fresh(), randomBytes(2_000));
    const { url } = await store.sign({ method: "PUT", key: fresh(), headers: { "content-length": "1500" } });
    const headers = { "content-length": 1_500, expect: "100-continue" };
    const slow = httpRequest(store.origin + url, { method: "PUT", agent: false, headers });
    slow.flushHeaders();
    await once(slow, "continue");
    // It has its place from when it is looked at.
    let refused = "";
    while (refused === "") {
      refused = await store.put(fresh(), randomBytes(501)).then(
        () => "",
        (error: Error) => error.name,
      );
    }
    assert.equal(refused, "InsufficientStorage");
    await store.put(fresh(), randomBytes(500));
    assert.equal(await finish(slow, randomBytes(1_500)), 200);
    await store.put(fresh(), randomBytes(2_000));
    disk.free = 999;
    await assert.rejects(store.put(fresh(), randomBytes(1)), refusal("InsufficientStorage"));
    assert.deepEqual(await readdir(join(store.root, "new")), []);
    await store.close();
  });

  test("[FILE-8] of one address so many transfers run at once, and the next is told to come later", async () => {
    const store = await Store.open();
    const body = randomBytes(10);
    const open = await Promise.all(
      Array.from({ length: 64 }, async () => {
        const { url, headers } = await store.sign({ method: "PUT", key: fresh(), headers: { "content-length": "10" } });
        const put = httpRequest(store.origin + url, {
          method: "PUT",
          agent: false,
          headers: { ...headers, "content-length": 10, expect: "100-continue" },
        });
        put.flushHeaders();
        // The service listens to it from then on.
        await once(put, "continue");
        return put;
      }),
    );
    const { url } = await store.sign({ key: fresh() });
    const refused = await fetch(store.origin + url);
    assert.equal(refused.status, 503);
    assert.equal(refused.headers.get("retry-after"), "1");
    assert.match(await refused.text(), /SlowDown/);
    const statuses = await Promise.all(open.map((put) => finish(put, body)));
    assert.deepEqual(new Set(statuses), new Set([200]));
    assert.equal((await raw(store.origin, "GET", url)).status, 404);
    await store.close();
  });

  test("[FILE-8] who sends nothing, or takes nothing, loses the place, and others get theirs", async () => {
    const clock = new MovingClock();
    const store = await Store.open(undefined, { clock });
    const { url, headers } = await store.sign({ method: "PUT", key: fresh(), headers: { "content-length": "10" } });
    const all = { ...headers, "content-length": 10, expect: "100-continue" };
    const put = httpRequest(store.origin + url, { method: "PUT", agent: false, headers: all });
    put.flushHeaders();
    await once(put, "continue");
    const answered = once(put, "response") as Promise<[IncomingMessage]>;
    let response: IncomingMessage | null = null;
    void answered.then(([answer]) => {
      response = answer;
    });
    await turnsUntil(
      () => {
        clock.forward(30_000);
        return response !== null;
      },
      () => "an answer to who sends nothing",
    );
    const [answer] = await answered;
    let said = "";
    for await (const piece of answer.setEncoding("utf8")) said += piece;
    assert.equal(answer.statusCode, 408);
    assert.match(said, /RequestTimeout.*too slowly/);
    put.on("error", () => {});
    put.destroy();

    await store.close();
  });

  test("[FILE-8] who asks for bytes and takes none loses the place", async () => {
    const clock = new MovingClock();
    const store = await Store.open(undefined, { clock });
    // More than all buffers on the way hold.
    const key = fresh();
    await store.put(key, Buffer.alloc(48 * 1024 ** 2));
    const read = await store.sign({ key });
    const socket = connect(Number(new URL(store.origin).port), "127.0.0.1");
    socket.on("error", () => {});
    socket.write(`GET ${read.url} HTTP/1.1\r\nhost: ${new URL(store.origin).host}\r\n\r\n`);
    await once(socket, "readable");
    await turnsUntil(
      () => {
        clock.forward(60_000);
        return store.underWay === 0;
      },
      () => "the end of who takes no bytes",
    );
    socket.destroy();
    await store.close();
  });

  test("[FILE-3] the memory that a transfer takes does not grow with its size", async () => {
    const store = await Store.open();
    const bytes = 192 * 1024 ** 2;
    const chunk = Buffer.alloc(64 * 1024, "x");
    const key = fresh();
    const { url, headers } = await store.sign({ method: "PUT", key, headers: { "content-length": String(bytes) } });
    const put = httpRequest(store.origin + url, { method: "PUT", headers: { ...headers, "content-length": bytes } });
    const answered = once(put, "response") as Promise<[IncomingMessage]>;
    const before = process.memoryUsage().arrayBuffers;
    let most = 0;
    const measure = () => {
      most = Math.max(most, process.memoryUsage().arrayBuffers - before);
    };
    for (let sent = 0; sent < bytes; sent += chunk.length) {
      if (!put.write(chunk)) await once(put, "drain");
      measure();
    }
    put.end();
    const [response] = await answered;
    response.resume();
    assert.equal(response.statusCode, 200);
    const got = httpRequest(store.origin + (await store.sign({ key })).url).end();
    const [download] = (await once(got, "response")) as [IncomingMessage];
    let received = 0;
    for await (const piece of download as AsyncIterable<Buffer>) {
      received += piece.length;
      measure();
    }
    assert.equal(received, bytes);
    assert.ok(most < 48 * 1024 ** 2, `${Math.round(most / 1024 ** 2)} MiB`);
    await store.close();
  });
});

describe("a node with the built-in service", () => {
  for (const tls of ["off", "selfsigned"] as const) {
    test(`[FILE-2] takes and gives files at its own port, signed for the host that clients use, TLS ${tls}`, async () => {
      const node = await startNode({ tls, trustedProxies: ["127.0.0.1"] });
      const { objects } = node.services.deps;
      const key = fresh();
      const bytes = randomBytes(5_000);
      const md5 = createHash("md5").update(bytes).digest("hex");
      const access = { host: "chat.example", ttlSeconds: 60 };
      const { url, headers } = await objects.signPut(key, { size: bytes.length, md5, type: "image/png" }, access);
      assert.match(url, /^\/objects\/parley\/f\//);
      const host = { "x-forwarded-host": "chat.example" };
      assert.equal((await raw(node.url, "PUT", url, headers, bytes)).status, 403);
      assert.equal((await raw(node.url, "PUT", url, { ...headers, ...host }, bytes)).status, 200);
      assert.deepEqual(await objects.look(key), { size: bytes.length, etag: md5 });
      const read = await objects.signGet(key, { name: "a.png", type: "image/png", download: false }, access);
      const got = await raw(node.url, "GET", read, host);
      assert.equal(got.status, 200);
      assert.equal(createHash("md5").update(got.body, "latin1").digest("hex"), md5);
      await objects.delete(key);
      assert.equal((await raw(node.url, "GET", read, host)).status, 404);
      await node.stop();
    });
  }
});

async function upload(store: Store, key: string, bytes: Uint8Array): Promise<string> {
  const place = { Bucket: "parley", Key: key };
  const { UploadId = "" } = await store.client.send(new CreateMultipartUploadCommand(place));
  await store.client.send(new UploadPartCommand({ ...place, UploadId, PartNumber: 1, Body: bytes }));
  return UploadId;
}

async function complete(store: Store, key: string, uploadId: string, bytes: Uint8Array): Promise<void> {
  const Parts = [{ PartNumber: 1, ETag: `"${createHash("md5").update(bytes).digest("hex")}"` }];
  const what = { Bucket: "parley", Key: key, UploadId: uploadId, MultipartUpload: { Parts } };
  await store.client.send(new CompleteMultipartUploadCommand(what));
}

async function finish(put: ClientRequest, body: Uint8Array): Promise<number> {
  const answered = once(put, "response") as Promise<[IncomingMessage]>;
  put.end(body);
  const [response] = await answered;
  response.resume();
  return response.statusCode ?? 0;
}

/** One request with the path as it is written, which `fetch` would put straight. */
async function raw(
  origin: string,
  method: string,
  path: string,
  headers: Readonly<Record<string, string>> = {},
  body: Uint8Array | string = "",
): Promise<{ status: number; body: string }> {
  const { hostname, port, host, protocol } = new URL(origin);
  const socket =
    protocol === "https:"
      ? (await import("node:tls")).connect({ host: hostname, port: Number(port), rejectUnauthorized: false })
      : connect(Number(port), hostname);
  const lines = Object.entries({
    host,
    connection: "close",
    "content-length": String(Buffer.byteLength(body)),
    ...headers,
  });
  socket.write(`${method} ${path} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join("")}\r\n`);
  socket.write(body);
  const chunks: Buffer[] = [];
  for await (const chunk of socket as AsyncIterable<Buffer>) chunks.push(chunk);
  const answer = Buffer.concat(chunks).toString("latin1");
  const end = answer.indexOf("\r\n\r\n");
  return { status: Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1]), body: answer.slice(end + 4) };
}
