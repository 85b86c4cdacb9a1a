import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Method, Params, Result, Upload } from "@parley/protocol";
import { uuidv7 } from "./_util/client-ids.ts";
import { declared, FileTransfer, md5 } from "./_util/file-transfer.ts";
import { removeTemporaryFolders } from "./_util/folder.ts";
import { MovingClock } from "./_util/moving-clock.ts";
import { startNode, type TestNode } from "./_util/node.ts";
import { type Person, registerPerson } from "./_util/person.ts";

/** Somebody replaces what was uploaded as often as this, in each test. */
const ROUNDS = 12;
const LINK_MS = 300_000;

for (const putOnce of [true, false]) {
  describe(`files on a node whose store ${putOnce ? "takes each object once" : "lets objects be replaced"}`, () => {
    const clock = new MovingClock();
    let node: TestNode;
    let transfer: FileTransfer;
    let ann: Person;
    let bob: Person;
    let chatId: string;

    const ask = async <M extends Method>(person: Person, method: M, params: Params<M>) =>
      (await person.connection.request(method, params)) as Result<M>;
    const begin = async (bytes: Uint8Array) => {
      const { fileId, upload } = await ask(ann, "file.begin", declared(chatId, bytes));
      if (upload === undefined) throw new Error("There is nothing to upload");
      return { fileId, upload };
    };
    const complete = (fileId: string) => ann.connection.refusal("file.complete", { fileId });
    const send = async (fileId: string) =>
      (
        await ask(ann, "message.send", {
          chatId,
          clientId: uuidv7(clock.now()),
          kind: "file",
          body: { fileId },
        } as Params<"message.send">)
      ).seq;
    const linkTo = async (seq: number, fileId: string) => (await ask(bob, "file.url", { chatId, seq, fileId })).url;
    /** Another body for the same URL, as somebody sends it who has the URL and a program of their own. */
    const forge = (upload: Upload, bytes: Uint8Array): Promise<number> => {
      const forged = { "content-md5": Buffer.from(md5(bytes), "hex").toString("base64") };
      const { "if-none-match": _, ...rest } = upload.headers;
      return transfer.put({ url: upload.url, headers: { ...rest, ...forged } }, bytes).catch(() => 0);
    };

    before(async () => {
      node = await startNode({}, { clock });
      // Before anything was signed: what the driver believes of its store.
      (node.services.deps.objects.abilities as { putOnce: boolean }).putOnce = putOnce;
      transfer = new FileTransfer(node.url);
      [ann, bob] = [await registerPerson(node.wsUrl), await registerPerson(node.wsUrl)];
      chatId = (await ask(ann, "chat.createGroup", { name: "g", members: [bob.userId] })).chat.chatId;
    });
    after(async () => {
      await Promise.all([ann?.connection.close(), bob?.connection.close()]);
      await node?.stop();
      await removeTemporaryFolders();
    });

    test("[FILE-1] the whole way: begin, PUT, complete, send, GET with Range", async () => {
      const bytes = Buffer.from("over a real socket");
      const { fileId, upload } = await begin(bytes);
      assert.equal(await complete(fileId), "FILE_NOT_UPLOADED");
      assert.equal(await transfer.put(upload, bytes), 200);
      assert.equal(await complete(fileId), "ok");
      const url = await linkTo(await send(fileId), fileId);
      assert.deepEqual((await transfer.get(url)).bytes, bytes);
      const part = await transfer.get(url, { range: "bytes=5-" });
      assert.deepEqual([part.status, part.bytes.toString()], [206, bytes.subarray(5).toString()]);
      assert.equal(part.headers["x-content-type-options"], "nosniff");
      assert.match(String(part.headers["content-disposition"]), /^attachment/);
    });

    test("[FILE-1] PUTs to one URL at once, while and after it is completed: readers get the checked bytes or nothing", async () => {
      for (let round = 0; round < ROUNDS; round += 1) {
        const right = Buffer.from(`the right bytes ${round}`.padEnd(40));
        const wrong = Buffer.from(`the wrong bytes ${round}`.padEnd(40));
        const { fileId, upload } = await begin(right);
        const puts = [transfer.put(upload, right), forge(upload, wrong), transfer.put(upload, right).catch(() => 0)];
        if (round % 2 === 0) await Promise.all(puts);
        const [completed] = await Promise.all([
          complete(fileId),
          complete(fileId),
          forge(upload, wrong),
          transfer.put(upload, right).catch(() => 0),
          ...puts,
        ]);
        assert.notEqual(await forge(upload, wrong), 200, "other bytes than were signed are refused");
        await transfer.put(upload, right).catch(() => 0);
        if (round % 2 === 0) assert.equal(completed, "ok");
        if (completed !== "ok") {
          assert.ok(["FILE_NOT_UPLOADED", "FILE_NOT_FOUND"].includes(completed), completed);
          continue;
        }
        const url = await linkTo(await send(fileId), fileId);
        await forge(upload, wrong);
        const { status, bytes } = await transfer.get(url);
        assert.deepEqual([status, bytes.toString()], [200, right.toString()]);
      }
    });

    test("[FILE-1] wrong bytes and wrong lengths are refused and not kept", async () => {
      const right = Buffer.from("these and no others");
      const { fileId, upload } = await begin(right);
      const longer = Buffer.concat([right, right]);
      for (const bytes of [Buffer.from("those and no others"), right.subarray(3), longer]) {
        assert.notEqual(await forge(upload, bytes), 200);
        assert.notEqual(await transfer.put(upload, bytes).catch(() => 0), 200);
        assert.equal(await complete(fileId), "FILE_NOT_UPLOADED");
      }
    });

    test("[FILE-4] a link ends after five minutes, and is good for what it names alone", async () => {
      const bytes = Buffer.from("for five minutes");
      const { fileId, upload } = await begin(bytes);
      assert.equal(await transfer.put(upload, bytes), 200);
      assert.equal(await complete(fileId), "ok");
      const seq = await send(fileId);
      const url = await linkTo(seq, fileId);
      assert.equal((await transfer.get(url)).status, 200);
      assert.equal((await transfer.get(url.replace(fileId, "a".repeat(26)))).status, 403);
      assert.equal((await transfer.get(url.split("?")[0] ?? "")).status, 403);
      assert.equal(await transfer.put({ url, headers: {} }, bytes), 403);
      assert.equal(await ann.connection.refusal("message.retract", { chatId, seq }), "ok");
      assert.equal(await bob.connection.refusal("file.url", { chatId, seq, fileId }), "MESSAGE_RETRACTED");
      // The object goes when the leader has done it, whatever links there are.
      let status = 200;
      while (status === 200) {
        clock.forward(1001);
        status = (await transfer.get(url)).status;
      }
      assert.equal(status, 404);
      clock.forward(LINK_MS);
      assert.equal((await transfer.get(url)).status, 403);
    });
  });
}
