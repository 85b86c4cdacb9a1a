import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import { createServer as createTcpServer } from "node:net";
import { after, before, describe, test } from "node:test";
import {
  CreateBucketCommand,
  GetBucketCorsCommand,
  HeadBucketCommand,
  ListObjectsV2Command,
  PutBucketCorsCommand,
  PutBucketPolicyCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import type { CheckedStore } from "../src/objects/check/checked-store.ts";
import { type CheckOptions, checkObjects } from "../src/objects/check-objects.ts";
import { systemClock, systemRandom } from "../src/platform.ts";
import { MovingClock } from "./_util/moving-clock.ts";
import { startNode } from "./_util/node.ts";
import { registerPerson, textMessage } from "./_util/person.ts";
import { type Rgw, startRgw } from "./_util/rgw.ts";

let rgw: Rgw;
let s3: S3Client;
before(async () => {
  rgw = await startRgw();
  s3 = new S3Client({
    endpoint: rgw.url,
    region: "us-east-1",
    forcePathStyle: true,
    credentials: { accessKeyId: rgw.accessKey, secretAccessKey: rgw.secretKey },
  });
});
after(async () => {
  s3?.destroy();
  await rgw?.stop();
});

/** The whole check, with a bucket of its own unless one is named. */
async function check(store: Partial<CheckedStore> = {}, more: Partial<CheckOptions> = {}): Promise<readonly string[]> {
  const { warnings } = await checkObjects({
    store: {
      endpoint: rgw.url,
      publicEndpoint: store.endpoint ?? rgw.url,
      bucket: newName(),
      region: "us-east-1",
      accessKey: rgw.accessKey,
      secretKey: rgw.secretKey,
      ...store,
    },
    origins: ["https://chat.example"],
    https: false,
    clock: systemClock,
    random: systemRandom,
    ...more,
  });
  return warnings;
}

const newName = () => `b-${randomUUID()}`;

async function newBucket(): Promise<string> {
  const Bucket = newName();
  await s3.send(new CreateBucketCommand({ Bucket }));
  return Bucket;
}

function policy(bucket: string, effect: "Allow" | "Deny", action: string) {
  const statement = { Effect: effect, Principal: { AWS: ["*"] }, Action: [action] };
  const resources = [`arn:aws:s3:::${bucket}`, `arn:aws:s3:::${bucket}/*`];
  const document = { Version: "2012-10-17", Statement: [{ ...statement, Resource: resources }] };
  return s3.send(new PutBucketPolicyCommand({ Bucket: bucket, Policy: JSON.stringify(document) }));
}

function only(warnings: readonly string[], words: RegExp): void {
  assert.equal(warnings.length, 1, warnings.join("\n"));
  assert.match(warnings[0] ?? "", words);
  assert.doesNotMatch(warnings[0] ?? "", /\n|parley-test-secret/);
}

/** A server for the length of a test; `handle` gets each request. */
async function withServer(
  handle: (request: IncomingMessage, response: ServerResponse) => void,
  use: (url: string) => Promise<void>,
): Promise<void> {
  const server = createServer(handle).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  try {
    await use(`http://127.0.0.1:${port}`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

/** Where nobody listens any more. */
async function closedPort(): Promise<string> {
  let closed = "";
  await withServer(
    () => {},
    async (url) => {
      closed = url;
    },
  );
  return closed;
}

test("[FILE-2] a node tells its operator, and starts all the same", async () => {
  const objectsEndpoint = await closedPort();
  const node = await startNode({ objectsEndpoint, objectsAccessKey: rgw.accessKey, objectsSecretKey: rgw.secretKey });
  try {
    assert.equal(node.warnings.length, 2);
    assert.match(node.warnings[0] ?? "", /^The object store at \S+ cannot be reached: nothing listens there\.$/);
    assert.match(node.warnings[1] ?? "", /no files can be sent or opened/);
    const ann = await registerPerson(node.wsUrl);
    const { chat } = (await ann.connection.request("chat.createGroup", { name: "g", members: [] })) as {
      chat: { chatId: string };
    };
    await ann.connection.request("message.send", textMessage(chat.chatId, "words need no store"));
    const file = {
      name: "a.txt",
      type: "text/plain",
      size: 16 * 1024 ** 2,
      sha256: "0".repeat(64),
      md5: "0".repeat(32),
    };
    const parts = [1, 2].map((number) => ({ number, size: file.size / 2, md5: file.md5 }));
    const begun = ann.connection.request("file.begin", { chatId: chat.chatId, ...file, parts });
    await assert.rejects(begun, { name: "FILES_UNAVAILABLE" });
    await ann.connection.close();
  } finally {
    await node.stop();
  }
});

describe("[FILE-2] the look at a store at the start", { concurrency: 4 }, () => {
  test("an empty store is made ready in silence: bucket, rule for browsers, and nothing left behind", async () => {
    const bucket = newName();
    assert.deepEqual(await check({ bucket }), []);
    const { CORSRules } = await s3.send(new GetBucketCorsCommand({ Bucket: bucket }));
    assert.deepEqual(CORSRules?.[0]?.AllowedOrigins, ["https://chat.example"]);
    const { KeyCount } = await s3.send(new ListObjectsV2Command({ Bucket: bucket }));
    assert.equal(KeyCount, 0);
    assert.deepEqual(await check({ bucket }), []);
    const again = await s3.send(new GetBucketCorsCommand({ Bucket: bucket }));
    assert.equal(again.CORSRules?.length, 1);
  });

  test("an endpoint where nothing listens, without an address, or that never answers", async () => {
    only(
      await check({ endpoint: await closedPort() }),
      /^The object store at \S+ cannot be reached: nothing listens there\.$/,
    );
    only(await check({ endpoint: "http://store.invalid" }), /cannot be reached: its name (has no address|could not)/);
    const silent = createTcpServer((socket) => void socket.resume()).listen(0, "127.0.0.1");
    await once(silent, "listening");
    const { port } = silent.address() as { port: number };
    only(await check({ endpoint: `http://127.0.0.1:${port}` }), /cannot be reached: it did not answer in time/);
    silent.close();
  });

  test("an endpoint with https that speaks none, and one that is a web server", async () => {
    only(await check({ endpoint: rgw.url.replace("http:", "https:") }), /cannot be reached: it does not speak TLS/);
    await withServer(
      (_, response) => void response.writeHead(405, { "content-type": "text/html" }).end("<html>no</html>"),
      async (endpoint) => only(await check({ endpoint }), /did not take a file .*405.*--objects-endpoint right\?$/),
    );
    await withServer(
      (_, response) => void response.end("welcome"),
      async (endpoint) => only(await check({ endpoint }), /answers as no S3 store does/),
    );
  });

  test("credentials that are wrong", async () => {
    only(await check({ accessKey: "nobody" }), /does not know the access key.*--objects-access-key/);
    only(await check({ secretKey: "wrong" }), /refuses the signature.*--objects-secret-key/);
  });

  test("a bucket that may not be made, or not be written, or not be named so", async () => {
    const bucket = newName();
    only(
      await check({ bucket, accessKey: rgw.guestKey }),
      /has no bucket "b-\S+", and this access key may not make it/,
    );
    await assert.rejects(s3.send(new HeadBucketCommand({ Bucket: bucket })), { name: "NotFound" });
    only(await check({ bucket: await newBucket(), accessKey: rgw.guestKey }), /does not let this access key write/);
    only(await check({ bucket: "No_Bucket" }), /takes no "No_Bucket" as name of a bucket/);
  });

  test("a bucket that everybody reads, and one where nothing can be deleted", async () => {
    const bucket = await newBucket();
    await policy(bucket, "Allow", "s3:GetObject");
    only(await check({ bucket }), /lets everybody read the bucket/);
    const kept = await newBucket();
    await policy(kept, "Deny", "s3:DeleteObject");
    only(await check({ bucket: kept }), /what people retract would stay there/);
  });

  for (const [minutes, words] of [
    [6, /6 minutes ahead, so links to files live too long/],
    [-6, /6 minutes behind, so links to files have expired when they are made/],
    [20, /20 minutes ahead/],
    [-20, /20 minutes behind/],
  ] as const) {
    test(`a clock that differs by ${minutes} minutes`, async () => {
      const clock = new MovingClock();
      clock.forward(minutes * 60_000);
      only(await check({}, { clock }), words);
    });
  }

  for (const minutes of [4, -4]) {
    test(`a difference of ${minutes} minutes is borne`, async () => {
      const clock = new MovingClock();
      clock.forward(minutes * 60_000);
      assert.deepEqual(await check({}, { clock }), []);
    });
  }

  test("a public endpoint that is closed, is something else, or is a proxy that changes the host", async () => {
    const publicEndpoint = await closedPort();
    only(
      await check({ publicEndpoint }),
      /cannot be reached by its public endpoint \S+, .*nothing listens there; clients/,
    );
    await withServer(
      (_, response) => void response.end("welcome"),
      async (url) =>
        only(await check({ publicEndpoint: url }), /public endpoint \S+: something else does, with status 200/),
    );
    const { hostname, port } = new URL(rgw.url);
    await withServer(
      ({ method, url: path, headers }, response) => {
        const changed = { ...headers, host: "store.internal" };
        const forwarded = request({ hostname, port, method, path, headers: changed }, (answer) => {
          response.writeHead(answer.statusCode ?? 500, answer.headers);
          answer.pipe(response);
        });
        forwarded.end();
      },
      async (url) => only(await check({ publicEndpoint: url }), /it refuses the signature, as a proxy makes it/),
    );
  });

  test("a public endpoint of another store", async () => {
    const other = await startRgw();
    try {
      const bucket = newName();
      assert.deepEqual(await check({ bucket, endpoint: other.url }), []);
      only(await check({ bucket, publicEndpoint: other.url }), /public endpoint \S+: another store does/);
    } finally {
      await other.stop();
    }
  });

  test("a public endpoint without TLS, for pages that come with it", async () => {
    only(await check({}, { https: true }), /without TLS .*which browsers refuse/);
  });

  test("browsers are let in beside the rules that are there; where that may not be set, it is said", async () => {
    const bucket = await newBucket();
    const theirs = { AllowedOrigins: ["https://other.example"], AllowedMethods: ["GET"] };
    await s3.send(new PutBucketCorsCommand({ Bucket: bucket, CORSConfiguration: { CORSRules: [theirs] } }));
    const origins = ["https://chat.example", "https://im.example"];
    assert.deepEqual(await check({ bucket }, { origins }), []);
    const { CORSRules = [] } = await s3.send(new GetBucketCorsCommand({ Bucket: bucket }));
    assert.deepEqual(
      CORSRules.map(({ AllowedOrigins }) => AllowedOrigins?.toSorted()),
      [["https://other.example"], origins],
    );
    const fixed = await newBucket();
    await policy(fixed, "Deny", "s3:PutBucketCORS");
    only(
      await check({ bucket: fixed }, { origins }),
      /pages of https:\/\/chat\.example and https:\/\/im\.example \(CORS\), and this access key may not set it/,
    );
  });

  test("where any host may serve the app, any page is let in, unless the operator has said which", async () => {
    const bucket = newName();
    assert.deepEqual(await check({ bucket }, { origins: ["same-host"] }), []);
    const { CORSRules = [] } = await s3.send(new GetBucketCorsCommand({ Bucket: bucket }));
    assert.deepEqual(CORSRules[0]?.AllowedOrigins, ["*"]);
    const chosen = await newBucket();
    const theirs = { AllowedOrigins: ["https://chat.example"], AllowedMethods: ["GET", "PUT"], AllowedHeaders: ["*"] };
    await s3.send(new PutBucketCorsCommand({ Bucket: chosen, CORSConfiguration: { CORSRules: [theirs] } }));
    assert.deepEqual(await check({ bucket: chosen }, { origins: ["same-host"] }), []);
    const kept = await s3.send(new GetBucketCorsCommand({ Bucket: chosen }));
    assert.deepEqual(kept.CORSRules?.[0]?.AllowedOrigins, ["https://chat.example"]);
  });
});
