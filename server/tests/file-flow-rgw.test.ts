import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, before, describe, test } from "node:test";
import { PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import type { Method, Params, Result } from "@parley/protocol";
import { bytesSource, fetchHttp, type UploadState } from "@parley/protocol/client";
import { nodeHashes } from "@parley/protocol/client-node";
import { fileKey } from "../src/objects/object-keys.ts";
import { type App, app } from "./_util/client-app.ts";
import { describeFileFlow } from "./_util/file-flow.ts";
import { declared, FileTransfer } from "./_util/file-transfer.ts";
import { removeTemporaryFolders, temporaryFolder } from "./_util/folder.ts";
import { MuteStore } from "./_util/mute-store.ts";
import { startNode, type TestNode } from "./_util/node.ts";
import { type Rgw, startRgw } from "./_util/rgw.ts";

const MIB = 1024 ** 2;
/** As the SDK's client, which other things write to the store by. */
const BUCKET = "parley";

let rgw: Rgw;
before(async () => {
  rgw = await startRgw();
});
after(() => rgw?.stop());

const settingsOf = (url: string) => {
  const { accessKey, secretKey } = rgw;
  return { objectsEndpoint: url, objectsAccessKey: accessKey, objectsSecretKey: secretKey };
};

describeFileFlow("Ceph's object gateway", async () => ({ settings: settingsOf(rgw.url), origin: rgw.url }));

describe("files by a store that tells no MD5", { concurrency: 1 }, () => {
  let store: MuteStore;
  let s3: S3Client;
  let data: string;
  let node: TestNode;
  let ann: App;
  let chatId: string;
  let transfer: FileTransfer;

  const open = () => startNode({ data, ...settingsOf(store.url) });

  before(async () => {
    store = await MuteStore.before(rgw.url);
    s3 = new S3Client({
      endpoint: rgw.url,
      region: "us-east-1",
      forcePathStyle: true,
      credentials: { accessKeyId: rgw.accessKey, secretAccessKey: rgw.secretKey },
    });
    data = await temporaryFolder();
    node = await open();
    ann = await app(node.wsUrl, { options: { files: { http: fetchHttp(fetch), hashes: nodeHashes } } });
    chatId = (await ann.client.request("chat.createGroup", { name: "g", members: [] })).chat.chatId;
    transfer = new FileTransfer(store.url);
  });
  after(async () => {
    await ann?.client.stop();
    await node?.stop();
    s3?.destroy();
    await store?.close();
    await removeTemporaryFolders();
  });

  const ask = <M extends Method>(method: M, params: Params<M>): Promise<Result<M>> =>
    ann.client.request(method, params);
  const refusal = async (fileId: string): Promise<{ name: string; retryAfterMs: number }> => {
    try {
      await ask("file.complete", { fileId });
    } catch (error) {
      return error as { name: string; retryAfterMs: number };
    }
    return { name: "ok", retryAfterMs: 0 };
  };
  /** As a client does it: until it is no more said that the file is being checked. */
  const outcome = async (fileId: string): Promise<string> => {
    for (;;) {
      const { name } = await refusal(fileId);
      if (name !== "FILE_CHECKING") return name;
    }
  };
  const uploaded = async (bytes: Buffer): Promise<string> => {
    const { fileId, upload } = await ask("file.begin", declared(chatId, bytes));
    assert.equal(await transfer.put(upload ?? assert.fail(), bytes), 200);
    return fileId;
  };
  /** Other bytes of the same length, as a damaged store has them. */
  const damage = (fileId: string, length: number) =>
    s3.send(new PutObjectCommand({ Bucket: BUCKET, Key: fileKey(fileId), Body: randomBytes(length) }));
  const isStored = async (fileId: string) => (await node.services.deps.objects.look(fileKey(fileId))) !== null;

  test("[FILE-1] of a store that tells no MD5 the operator is told so, and each file is read once", async () => {
    assert.deepEqual(node.services.deps.objects.abilities, { putOnce: true, md5: false });
    assert.equal(node.warnings.length, 1);
    assert.match(node.warnings[0] ?? "", /does not tell the MD5 .* reads each file .* two at a time/);
    // Whole, and in parts.
    for (const size of [100_000, 20 * MIB]) {
      const before = store.reads.length;
      const about = { chatId, name: "a.bin", type: "application/octet-stream" };
      await ann.client.files.upload(bytesSource(randomBytes(size)), about).done;
      assert.equal(store.reads.length, before + 1);
    }
  });

  test("[FILE-1] bytes that are not those declared are found by reading them, and are gone", async () => {
    for (const [size, found] of [
      [70_000, "FILE_HASH_WRONG"],
      [70_001, "FILE_SIZE_WRONG"],
    ] as const) {
      const fileId = await uploaded(randomBytes(70_000));
      await damage(fileId, size);
      assert.equal(await outcome(fileId), found);
      assert.equal(await isStored(fileId), false);
      // Whose answer was lost asks again.
      assert.equal(await outcome(fileId), found);
    }
    assert.equal((await ask("file.quota", {})).usedBytes, 100_000 + 20 * MIB);
  });

  test("[FILE-1] while a file is read its owner is told to ask again, and hears what came of it", async () => {
    const release = store.hold();
    const before = store.reads.length;
    const [right, wrong] = [await uploaded(randomBytes(50_000)), await uploaded(randomBytes(50_000))];
    await damage(wrong, 50_000);
    for (const fileId of [right, wrong, right]) {
      const { name, retryAfterMs } = await refusal(fileId);
      assert.deepEqual([name, retryAfterMs], ["FILE_CHECKING", 1_000]);
    }
    assert.equal(store.reads.length, before + 2, "who asks again begins nothing anew");
    release();
    assert.deepEqual([await outcome(right), await outcome(wrong)], ["ok", "FILE_HASH_WRONG"]);
  });

  test("[FILE-1] two are read at once and others wait; a client's upload is checking all the while", async () => {
    const release = store.hold();
    const before = store.reads.length;
    store.mostAtOnce = 0;
    const about = { chatId, name: "a.bin", type: "application/octet-stream" };
    const upload = ann.client.files.upload(bytesSource(randomBytes(40_000)), about);
    const seen: UploadState["name"][] = [];
    upload.on(({ name }) => seen.push(name));
    const others = await Promise.all([1, 2].map(() => uploaded(randomBytes(40_000))));
    await store.readsCame(before + 1);
    for (const fileId of others) assert.equal((await refusal(fileId)).name, "FILE_CHECKING");
    assert.equal(store.reads.length, before + 2);
    release();
    for (const fileId of others) assert.equal(await outcome(fileId), "ok");
    await upload.done;
    assert.equal(store.mostAtOnce, 2);
    assert.equal(seen.includes("waiting"), false, seen.join());
    assert.ok(seen.includes("checking"));
  });

  test("[FILE-1] a read that is cut goes on where it was", async () => {
    const fileId = await uploaded(randomBytes(3 * MIB));
    store.cutAfter = MIB;
    const before = store.reads.length;
    assert.equal(await outcome(fileId), "ok");
    const [first, second] = store.reads.slice(before);
    assert.equal(first?.from, 0);
    assert.ok((second?.from ?? 0) > 0);
    assert.equal(store.reads.length, before + 2);
  });

  test("[FILE-1] [NODE-7] a node that stops waits for no read, and the next one begins it anew", async () => {
    const fileId = await uploaded(randomBytes(60_000));
    const release = store.hold();
    assert.equal((await refusal(fileId)).name, "FILE_CHECKING");
    const { storage } = ann;
    await ann.client.stop();
    await node.stop();
    assert.equal(store.underWay, 0);
    release();
    node = await open();
    ann = await app(node.wsUrl, { storage, register: false });
    assert.equal(await outcome(fileId), "ok");
  });
});
