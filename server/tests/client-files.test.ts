import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { type TestContext, test } from "node:test";
import { type FileBody, type Message, ReplyError } from "@parley/protocol";
import { bytesSource, type ClientOptions, type FileHttp, fetchHttp } from "@parley/protocol/client";
import { nodeHashes } from "@parley/protocol/client-node";
import { app } from "./_util/client-app.ts";
import { startNode } from "./_util/node.ts";
import { within } from "./_util/patience.ts";

const MIB = 1024 ** 2;

/** A node with two people in one chat, and a third who is in none. */
async function people(
  t: TestContext,
  files: Partial<NonNullable<ClientOptions["files"]>> = {},
  settings: Parameters<typeof startNode>[0] = {},
) {
  const node = await startNode(settings);
  t.after(() => node.stop());
  const sent = { bytes: 0, answeredBytes: 0, cut: (_sentBytes: number) => false };
  const plain = fetchHttp(fetch);
  /** Counts what PUTs bring, and may lose the line before one. */
  const http: FileHttp = {
    ...plain,
    async put(request) {
      if (sent.cut(sent.bytes)) throw new Error("the line is cut");
      sent.bytes += request.body.length;
      const answer = await plain.put(request);
      sent.answeredBytes += request.body.length;
      return answer;
    },
  };
  const options = { files: { http, hashes: nodeHashes, ...files } };
  const [ann, ben, eve] = await Promise.all([1, 2, 3].map(() => app(node.wsUrl, { options })));
  assert.ok(ann && ben && eve);
  for (const { client } of [ann, ben, eve]) t.after(() => client.stop());
  const { chat } = await ann.client.request("chat.openDirect", { userId: ben.userId });
  const { chatId } = chat;
  return {
    node,
    ann,
    ben,
    eve,
    chatId,
    sent,
    options,
    about: { chatId, name: "a file.bin", type: "application/x-any" },
  };
}

type Someone = Awaited<ReturnType<typeof app>>;

/** Sends the file and answers what the other one sees of it. */
async function say(from: Someone, to: Someone, chatId: string, body: Pick<FileBody, "fileId" | "sealed">) {
  const seen = new Promise<{ seq: number; body: FileBody }>((resolve) => {
    to.client.on("messages", (told) => {
      const message = told.messages.find((one: Message) => one.kind === "file");
      if (message?.kind === "file") resolve({ seq: message.seq, body: message.body });
    });
  });
  await from.client.send(chatId, { kind: "file", body });
  return within(seen, () => `the message with ${body.fileId}`);
}

async function hashOf(bytes: AsyncIterable<Uint8Array>): Promise<string> {
  const hash = createHash("sha256");
  for await (const piece of bytes) hash.update(piece);
  return hash.digest("hex");
}

const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");
const refusal = (name: string) => (error: unknown) => error instanceof ReplyError && error.name === name;

for (const secure of [true, false]) {
  for (const size of [1, 3 * MIB, 30 * MIB + 7]) {
    const title = `${size} bytes, ${secure ? "clear" : "sealed"}`;
    test(`[FILE-1] [FILE-4] ${title}: from one client to another by the built-in store, and to no stranger`, async (t) => {
      const { ann, ben, eve, chatId, about } = await people(t, { secure });
      const bytes = randomBytes(size);
      const file = await ann.client.files.upload(bytesSource(bytes), about).done;
      assert.equal(file.sealed === undefined, secure);
      const { seq, body } = await say(ann, ben, chatId, file);
      assert.deepEqual([body.name, (body.sealed ?? body).size], ["a file.bin", size]);
      const place = { chatId, seq };
      assert.equal(await hashOf(ben.client.files.download(place, body)), sha256(bytes));
      const { url } = await ben.client.files.url(place, body.fileId, { download: true });
      // Without TLS it goes over the wire in the clear.
      assert.equal(decodeURIComponent(url).includes("a file"), secure);
      const from = Math.floor(size / 2);
      const range = { from, to: Math.min(size, from + 1000) };
      assert.equal(
        await hashOf(ben.client.files.read(place, body, range)),
        sha256(bytes.subarray(range.from, range.to)),
      );
      await assert.rejects(hashOf(eve.client.files.download(place, body)), refusal("CHAT_NOT_FOUND"));
    });
  }

  test(`[FILE-3] ${secure ? "clear" : "sealed"}: cut half way and gone on with by another process, only the rest is sent`, async (t) => {
    const { node, ann, ben, chatId, about, sent, options } = await people(t, { secure });
    const bytes = randomBytes(48 * MIB);
    sent.cut = (sentBytes) => sentBytes >= 16 * MIB;
    const cut = ann.client.files.upload(bytesSource(bytes), about);
    const waiting = new Promise<void>((resolve) => {
      cut.on(({ name }) => {
        if (name === "waiting" && sent.answeredBytes >= 16 * MIB) resolve();
      });
    });
    await within(waiting, () => `the upload to wait; ${sent.answeredBytes} bytes are answered`);
    cut.pause();
    await ann.client.stop();

    const again = await app(node.wsUrl, { storage: ann.storage, register: false, options });
    t.after(() => again.client.stop());
    const [unfinished] = await again.client.files.unfinished();
    sent.cut = () => false;
    const file = await again.client.files.upload(bytesSource(bytes), about).done;
    assert.equal(file.fileId, unfinished?.fileId);
    const { seq, body } = await say(again, ben, chatId, file);
    // Every byte of it once, though it was cut.
    assert.equal(sent.bytes, body.size);
    assert.equal(await hashOf(ben.client.files.download({ chatId, seq }, body)), sha256(bytes));
  });
}

test("[FILE-1] bytes that are not what they are called are refused, and not there to be sent", async (t) => {
  const { ann, about } = await people(t);
  const upload = ann.client.files.upload(bytesSource(randomBytes(1000)), { ...about, type: "image/png" });
  await assert.rejects(upload.done, refusal("FILE_TYPE_WRONG"));
  assert.deepEqual(await ann.client.files.unfinished(), []);
  assert.equal((await ann.client.request("file.quota", {})).usedBytes, 0);
});

test("[FILE-8] 20 downloads of one person leave another the half, on a node with a rate", async (t) => {
  const { ann, ben, chatId, about } = await people(t, {}, { fileRate: 16 * MIB });
  const size = 8 * MIB;
  const file = await ann.client.files.upload(bytesSource(randomBytes(size)), about).done;
  const { seq } = await say(ann, ben, chatId, file);
  const urlOf = async (who: Someone) => (await who.client.files.url({ chatId, seq }, file.fileId)).url;
  const [greedy, modest] = await Promise.all([urlOf(ann), urlOf(ben)]);
  const tag = (url: string) => new URL(url).searchParams.get("x-parley-user") ?? "";
  assert.ok(tag(greedy) !== tag(modest) && !greedy.includes(ann.userId) && tag(greedy) !== "");
  const forged = await fetch(greedy.replace(tag(greedy), tag(modest)));
  assert.equal(forged.status, 403);
  await forged.arrayBuffer();

  const ended = new AbortController();
  let taken = 0;
  const begun: Promise<void>[] = [];
  const many = Array.from({ length: 20 }, () => {
    let begin = () => {};
    begun.push(new Promise((resolve) => (begin = resolve)));
    return (async () => {
      for (;;) {
        const { body, status } = await fetch(greedy, { signal: ended.signal });
        assert.equal(status, 200);
        for await (const bytes of body ?? assert.fail()) {
          begin();
          taken += (bytes as Uint8Array).length;
        }
      }
    })().catch((error: Error) => assert.equal(error.name, "AbortError"));
  });
  await Promise.all(begun);
  const before = taken;
  assert.equal((await (await fetch(modest)).arrayBuffer()).byteLength, size);
  const meanwhile = taken - before;
  ended.abort();
  await Promise.all(many);
  // What was in buffers on the way when it began comes on top.
  assert.ok(meanwhile <= 1.5 * size, `${meanwhile} bytes while the other had ${size}`);
});

test("[FILE-8] of one person so many transfers run at once, and the client library waits its turn", async (t) => {
  const { ann, ben, chatId, about } = await people(t);
  const file = await ann.client.files.upload(bytesSource(randomBytes(32 * MIB)), about).done;
  const place = { chatId, seq: (await say(ann, ben, chatId, file)).seq };
  const { url } = await ben.client.files.url(place, file.fileId);
  const open = await Promise.all(Array.from({ length: 24 }, () => fetch(url)));
  const refused = await fetch(url);
  assert.deepEqual([refused.status, refused.headers.get("retry-after")], [503, "1"]);
  await refused.arrayBuffer();
  const others = await fetch((await ann.client.files.url(place, file.fileId)).url);
  assert.equal(others.status, 200, "nobody else has to wait");
  await others.body?.cancel();
  const { body } = (await ben.client.request("message.get", { chatId, seqs: [place.seq] })).messages[0] as {
    body: FileBody;
  };
  const bytes = hashOf(ben.client.files.download(place, body));
  for (const { body: stream } of open) await stream?.cancel();
  assert.equal(await bytes, body.sha256);
});

test("[FILE-6] a cancelled upload leaves the quota as it was", async (t) => {
  const { ann, about, sent } = await people(t);
  sent.cut = (bytes) => bytes > 0;
  const upload = ann.client.files.upload(bytesSource(randomBytes(40 * MIB)), about);
  const waiting = new Promise<void>((resolve) => {
    upload.on(({ name }) => {
      if (name === "waiting") resolve();
    });
  });
  await within(waiting, () => "the upload to wait");
  assert.ok((await ann.client.request("file.quota", {})).usedBytes > 0);
  upload.cancel();
  await assert.rejects(upload.done);
  const [left] = await ann.client.files.unfinished();
  if (left) await ann.client.files.discard(left.fileId);
  assert.equal((await ann.client.request("file.quota", {})).usedBytes, 0);
});

test("[FILE-1] [FILE-8] fifty files given at once by one client all arrive, two at a time, and count once each", async (t) => {
  let underWay = 0;
  let most = 0;
  const plain = fetchHttp(fetch);
  const http: FileHttp = {
    ...plain,
    async put(request) {
      most = Math.max(most, ++underWay);
      return plain.put(request).finally(() => {
        underWay -= 1;
      });
    },
  };
  const { ann, ben, chatId, about } = await people(t, { http });
  const files = Array.from({ length: 50 }, (_, at) => randomBytes(1_000 + at));
  const uploads = files.map((bytes, at) =>
    ann.client.files.upload(bytesSource(bytes), { ...about, name: `${at}.bin` }),
  );
  const stored = await Promise.all(uploads.map(({ done }) => done));
  assert.equal(new Set(stored.map(({ fileId }) => fileId)).size, 50);
  assert.equal(most, 2);
  const { usedBytes } = await ann.client.request("file.quota", {});
  assert.equal(
    usedBytes,
    files.reduce((sum, { length }) => sum + length, 0),
  );
  assert.equal((await ann.client.files.unfinished()).length, 0);
  const last = stored.at(-1);
  assert.ok(last);
  const { seq, body } = await say(ann, ben, chatId, last);
  assert.equal(await hashOf(ben.client.files.download({ chatId, seq }, body)), sha256(files.at(-1) ?? Buffer.alloc(0)));
});
