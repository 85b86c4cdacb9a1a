import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { type FileKind, limits, type Message, type Params } from "@parley/protocol";
import { CLOSED_MAX, UPLOAD_URL_MS } from "../src/domain/files/file-closing.ts";
import { fileKey as objectKey } from "../src/objects/object-keys.ts";
import { type Objects, ObjectsUnavailable } from "../src/objects/objects.ts";
import { readRemains } from "../src/records/file-record.ts";
import { DUE, FILE_AGES, fileRefs, userClosedUploads, userFiles, userUploads } from "../src/store/keys.ts";
import { uuidv7 } from "./_util/client-ids.ts";
import type { DomainNode } from "./_util/domain-node.ts";
import type { DomainPeer } from "./_util/domain-peer.ts";
import { onEachStore } from "./_util/domain-stores.ts";
import { declared, FileTransfer, md5, uploadFile } from "./_util/file-transfer.ts";
import { type ListeningObjects, listeningObjects } from "./_util/objects.ts";
import { turnsUntil } from "./_util/patience.ts";
import { pixel } from "./_util/pictures.ts";
import { outcome, refused } from "./_util/refusal.ts";

const DAY_MS = 24 * 3600_000;
const RETENTION_DAYS = 30;
const READ = { name: "a", type: "text/plain", download: true };
const PART = limits.FILE_PART_MIN_BYTES;
const FILE_MAX = 3 * PART;
const QUOTA = 4 * FILE_MAX;

/** The store, which at times cannot be reached from the server. */
function withAbsences(objects: Objects, away: () => boolean, full: () => boolean): Objects {
  return new Proxy(objects, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      if (name === "hasRoom" && full()) return async () => false;
      if (typeof value !== "function") return value;
      if (String(name).startsWith("sign") || name === "close") return value.bind(target);
      return async (...args: unknown[]) => {
        if (away()) throw new ObjectsUnavailable("away");
        return value.apply(target, args);
      };
    },
  });
}

onEachStore((store) => {
  let objects: ListeningObjects;
  let transfer: FileTransfer;
  let node: DomainNode;
  let away = false;
  let full = false;
  let people = 0;

  before(async () => {
    objects = await listeningObjects();
    transfer = new FileTransfer(objects.origin);
    node = await store.node({
      objects: withAbsences(
        objects.objects,
        () => away,
        () => full,
      ),
      fileMax: FILE_MAX,
      fileQuota: QUOTA,
      fileRetention: RETENTION_DAYS,
    });
  });
  after(() => objects.close());

  const person = async () => {
    const peer = await node.connect().register(`filer${++people}`);
    peer.host = objects.host;
    return peer;
  };
  const group = async (owner: DomainPeer, ...members: DomainPeer[]) => {
    const userIds = members.map(({ userId }) => userId);
    return (await owner.call("chat.createGroup", { name: "g", members: userIds })).chat.chatId;
  };
  const fileMessage = (chatId: string, fileId: string, kind: FileKind = "file", more: object = {}) => {
    return { chatId, clientId: uuidv7(store.clock.now()), kind, body: { fileId, ...more } } as Params<"message.send">;
  };
  const forward = (chatId: string, from: string, seqs: number[]) => {
    const clientId = uuidv7(store.clock.now());
    return { chatId, clientId, kind: "forward", body: { chatId: from, seqs } } as Params<"message.send">;
  };
  const messageAt = async (peer: DomainPeer, chatId: string, seq: number) =>
    (await peer.call("message.get", { chatId, seqs: [seq] })).messages[0] as Message;
  const read = async (peer: DomainPeer, chatId: string, seq: number, fileId: string) => {
    const { url } = await peer.call("file.url", { chatId, seq, fileId });
    return (await transfer.get(url)).bytes;
  };
  const isStored = async (fileId: string) => (await objects.objects.look(objectKey(fileId))) !== null;
  /** Time passes until the leader has done what was due. */
  const forwardUntil = (holds: () => Promise<boolean>, what: string) =>
    turnsUntil(
      holds,
      () => what,
      () => store.forward(1001),
    );
  const gone = async (fileId: string) => {
    await forwardUntil(async () => (await readRemains(node.store, fileId)) === null, "the file to be gone");
    assert.equal(await isStored(fileId), false);
    assert.equal(await node.store.setLength(fileRefs(fileId)), 0);
  };
  const bytesOf = (words: string) => Buffer.from(words);

  test("[FILE-1] [MSG-7] what was uploaded, checked and sent is what members read", async () => {
    const [ann, bob] = [await person(), await person()];
    const chatId = await group(ann, bob);
    const bytes = bytesOf("the bytes of a file");
    const fileId = await uploadFile(ann, transfer, chatId, bytes, { name: "notes – März.txt" });
    const message = fileMessage(chatId, fileId, "file", { caption: "Read *this*" });
    const { seq } = await ann.call("message.send", message);
    const stored = await messageAt(bob, chatId, seq);
    const { name, type, size, sha256 } = declared(chatId, bytes, { name: "notes – März.txt" });
    assert.deepEqual("body" in stored && stored.body, { fileId, name, type, size, sha256, caption: "Read *this*" });
    assert.deepEqual(await read(bob, chatId, seq, fileId), bytes);
    const { url } = await bob.call("file.url", { chatId, seq, fileId });
    const part = await transfer.get(url, { range: "bytes=4-8" });
    assert.deepEqual([part.status, part.bytes.toString()], [206, "bytes"]);
    assert.equal((await ann.call("message.send", message)).seq, seq, "a resend is known");
    const other = { ...message, body: { fileId, caption: "another" } } as Params<"message.send">;
    await refused(ann.call("message.send", other), "CLIENT_ID_REUSED");
    await refused(ann.call("message.edit", { chatId, seq, body: { text: "no" } }), "NOT_EDITABLE");
    assert.deepEqual(await ann.call("file.quota", {}), { usedBytes: size, quotaBytes: QUOTA, fileBytes: FILE_MAX });
  });

  test("[FILE-1] a message takes no file that is not complete, not there, or somebody else's", async () => {
    const [ann, bob] = [await person(), await person()];
    const chatId = await group(ann, bob);
    const { fileId } = await ann.call("file.begin", declared(chatId, bytesOf("not there yet")));
    await refused(ann.call("message.send", fileMessage(chatId, fileId)), "FILE_NOT_READY");
    await refused(bob.call("message.send", fileMessage(chatId, fileId)), "FILE_NOT_FOUND");
    await refused(ann.call("message.send", fileMessage(chatId, "a".repeat(26))), "FILE_NOT_FOUND");
    await refused(ann.call("file.complete", { fileId }), "FILE_NOT_UPLOADED");
    for (const call of ["file.complete", "file.parts", "file.abort"] as const) {
      await refused(bob.call(call, { fileId }), "FILE_NOT_FOUND");
    }
    const done = await uploadFile(ann, transfer, chatId, bytesOf("done"));
    await refused(bob.call("message.send", fileMessage(chatId, done)), "FILE_NOT_FOUND");
    assert.equal((await ann.call("file.complete", { fileId: done })).fileId, done, "twice is harmless");
    for (const kind of ["image", "voice", "video"] as const) {
      await refused(ann.call("message.send", fileMessage(chatId, done, kind)), "INVALID_PARAMS");
    }
    for (const [caption, name] of [
      [" \u200b", "TEXT_EMPTY"],
      ["€".repeat(limits.CAPTION_MAX / 2), "TEXT_TOO_LONG"],
    ] as const) {
      await refused(ann.call("message.send", fileMessage(chatId, done, "file", { caption })), name);
    }
    await refused(ann.call("message.send", fileMessage(chatId, done, "file", { replyTo: 99 })), "SEQ_OUT_OF_RANGE");
    const sealed = { key: Buffer.alloc(16).toString("base64url"), size: 1, sha256: "a".repeat(64), type: "image/png" };
    assert.equal(await outcome(ann.call("message.send", fileMessage(chatId, done, "image", { sealed }))), "ok");
  });

  test("[FILE-1] bytes of another length, hash or type are refused and gone, and take no room", async () => {
    const ann = await person();
    const chatId = await group(ann);
    const right = bytesOf("the right bytes");
    const { fileId, upload } = await ann.call("file.begin", declared(chatId, right));
    assert.ok(upload !== undefined);
    for (const wrong of [bytesOf("the wrong bytes"), right.subarray(1), Buffer.concat([right, right])]) {
      const length = { ...upload.headers, "content-length": String(wrong.length) };
      for (const headers of [upload.headers, length]) {
        const status = await transfer.put({ ...upload, headers }, wrong).catch(() => 0);
        assert.notEqual(status, 200);
      }
      await refused(ann.call("file.complete", { fileId }), "FILE_NOT_UPLOADED");
    }
    assert.equal(await transfer.put(upload, right), 200);
    assert.equal(await transfer.put(upload, right), 412, "what is there is not replaced");
    await ann.call("file.complete", { fileId });
    assert.equal(await transfer.put(upload, right), 412);

    const picture = declared(chatId, bytesOf("<html>no picture"), { name: "a.png", type: "image/png" });
    const claimed = await ann.call("file.begin", picture);
    assert.equal(await transfer.put(claimed.upload ?? assert.fail(), bytesOf("<html>no picture")), 200);
    await refused(ann.call("file.complete", { fileId: claimed.fileId }), "FILE_TYPE_WRONG");
    assert.equal(await isStored(claimed.fileId), false);
    await refused(ann.call("file.complete", { fileId: claimed.fileId }), "FILE_NOT_FOUND");
    assert.equal((await ann.call("file.quota", {})).usedBytes, right.length);
    const real = await uploadFile(ann, transfer, chatId, pixel(), { name: "a.webp", type: "image/webp" });
    assert.equal(await outcome(ann.call("message.send", fileMessage(chatId, real, "image"))), "ok");
  });

  test("[FILE-1] a store that holds other bytes than were declared gives nobody anything", async () => {
    const ann = await person();
    const chatId = await group(ann);
    const wrongs = [
      ["FILE_SIZE_WRONG", bytesOf("short")],
      ["FILE_HASH_WRONG", bytesOf("the right byteX")],
    ] as const;
    for (const [name, bytes] of wrongs) {
      const { fileId } = await ann.call("file.begin", declared(chatId, bytesOf("the right bytes")));
      // As a store would have it that checks nothing.
      const about = { size: bytes.length, md5: md5(bytes), type: "text/plain" };
      const access = { host: objects.host, ttlSeconds: 60 };
      assert.equal(await transfer.put(await objects.objects.signPut(objectKey(fileId), about, access), bytes), 200);
      await refused(ann.call("file.complete", { fileId }), name);
      assert.equal(await isStored(fileId), false);
      await refused(ann.call("message.send", fileMessage(chatId, fileId)), "FILE_NOT_FOUND");
    }
    assert.equal((await ann.call("file.quota", {})).usedBytes, 0);
  });

  test("[FILE-4] who may not read the message is given no URL, and a guessed id helps nobody", async () => {
    const [ann, bob, eve, late] = [await person(), await person(), await person(), await person()];
    const chatId = await group(ann, bob, eve);
    const fileId = await uploadFile(ann, transfer, chatId, bytesOf("secret"));
    const { seq } = await ann.call("message.send", fileMessage(chatId, fileId));
    const plain = (
      await bob.call("message.send", {
        chatId,
        clientId: uuidv7(store.clock.now()),
        kind: "text",
        body: { text: "x" },
      })
    ).seq;
    const url = (peer: DomainPeer, more: object = {}) => peer.call("file.url", { chatId, seq, fileId, ...more });
    const stranger = await person();
    await refused(url(stranger), "CHAT_NOT_FOUND");
    await refused(url(bob, { fileId: "a".repeat(26) }), "FILE_NOT_FOUND");
    await refused(url(bob, { seq: plain }), "FILE_NOT_FOUND");
    await refused(url(bob, { seq: 1 }), "FILE_NOT_FOUND");
    await refused(url(bob, { seq: 999 }), "SEQ_OUT_OF_RANGE");
    await ann.call("member.add", { chatId, userId: late.userId });
    await refused(url(late), "SEQ_OUT_OF_RANGE");
    await ann.call("member.remove", { chatId, userId: eve.userId });
    await refused(url(eve), "NOT_MEMBER");
    await bob.call("message.hide", { chatId, seqs: [seq] });
    await refused(url(bob), "SEQ_OUT_OF_RANGE");
    assert.equal(await outcome(url(ann)), "ok");
    await ann.call("message.retract", { chatId, seq });
    await refused(url(ann), "MESSAGE_RETRACTED");
    await gone(fileId);
    assert.equal((await ann.call("file.quota", {})).usedBytes, 0);
  });

  test("[FILE-4] [FILE-5] a forward grants, and a file goes with the last message that has it", async () => {
    const [ann, bob, carol] = [await person(), await person(), await person()];
    const from = await group(ann, bob);
    const to = await group(bob, carol);
    const one = await uploadFile(ann, transfer, from, bytesOf("one"));
    const two = await uploadFile(ann, transfer, from, pixel(), { name: "p.webp", type: "image/webp" });
    const first = (await ann.call("message.send", fileMessage(from, one, "file", { caption: "c" }))).seq;
    const second = (await ann.call("message.send", fileMessage(from, two, "image"))).seq;
    const single = (await bob.call("message.send", forward(to, from, [first]))).seq;
    const merged = (await bob.call("message.send", forward(to, from, [first, second]))).seq;
    const copy = await messageAt(carol, to, single);
    assert.ok(copy.kind === "file" && copy.body.forwarded?.userId === ann.userId && copy.body.caption === "c");
    assert.equal((await read(carol, to, single, one)).toString(), "one");
    assert.deepEqual(await read(carol, to, merged, two), pixel());
    await refused(carol.call("file.url", { chatId: from, seq: first, fileId: one }), "CHAT_NOT_FOUND");
    await refused(carol.call("file.url", { chatId: to, seq: single, fileId: two }), "FILE_NOT_FOUND");

    await ann.call("message.retract", { chatId: from, seq: first });
    await ann.call("message.retract", { chatId: from, seq: second });
    await bob.call("message.retract", { chatId: to, seq: single });
    await store.forward(1001);
    assert.equal((await read(carol, to, merged, one)).toString(), "one");
    assert.ok((await ann.call("file.quota", {})).usedBytes > 0);
    await bob.call("message.retract", { chatId: to, seq: merged });
    await gone(one);
    await gone(two);
    assert.equal((await ann.call("file.quota", {})).usedBytes, 0);
  });

  test("[FILE-4] [FILE-5] who forwards while the last message is retracted has the file, or is refused", async () => {
    const [ann, bob] = [await person(), await person()];
    const chatId = await group(ann, bob);
    for (let round = 0; round < 15; round += 1) {
      const fileId = await uploadFile(ann, transfer, chatId, bytesOf(`round ${round}`));
      const { seq } = await ann.call("message.send", fileMessage(chatId, fileId));
      // The leader may be at it already when the forward comes.
      const retracted = ann.call("message.retract", { chatId, seq }).then(() => store.forward(1001));
      for (let turn = 0; turn < round; turn += 1) await new Promise(setImmediate);
      const copy = await bob.call("message.send", forward(chatId, chatId, [seq])).catch((error: Error) => error);
      await retracted;
      if (copy instanceof Error) {
        assert.ok(["FILE_NOT_FOUND", "NOT_FORWARDABLE"].includes(copy.name), copy.name);
      } else {
        await store.forward(1001);
        await store.forward(1001);
        assert.equal((await read(bob, chatId, copy.seq, fileId)).toString(), `round ${round}`);
        await bob.call("message.retract", { chatId, seq: copy.seq });
      }
      await gone(fileId);
    }
    assert.equal((await ann.call("file.quota", {})).usedBytes, 0);
  });

  test("[FILE-5] a deleted chat, a vanished message and a deleted account keep no file", async () => {
    const [ann, bob] = [await person(), await person()];
    const deleted = await group(ann, bob);
    const inChat = await uploadFile(ann, transfer, deleted, bytesOf("chat"));
    await ann.call("message.send", fileMessage(deleted, inChat));
    await ann.call("chat.delete", { chatId: deleted });
    await gone(inChat);

    const chatId = await group(ann, bob);
    await ann.call("chat.update", { chatId, disappearMs: 10_000 });
    const vanishes = await uploadFile(ann, transfer, chatId, bytesOf("vanishes"));
    const { seq } = await ann.call("message.send", fileMessage(chatId, vanishes));
    await store.forward(10_001);
    await gone(vanishes);
    await refused(bob.call("file.url", { chatId, seq, fileId: vanishes }), "MESSAGE_RETRACTED");

    await ann.call("chat.update", { chatId, disappearMs: 0 });
    const sent = await uploadFile(bob, transfer, chatId, bytesOf("stays"));
    const stays = (await bob.call("message.send", fileMessage(chatId, sent))).seq;
    const unsent = await uploadFile(bob, transfer, chatId, bytesOf("unsent"));
    const { fileId: begun } = await bob.call("file.begin", declared(chatId, bytesOf("begun")));
    await bob.call("account.delete", { password: "k7-quiet-harbour" });
    await gone(unsent);
    await gone(begun);
    assert.equal((await read(ann, chatId, stays, sent)).toString(), "stays");
  });

  test("[FILE-5] what was never sent is swept after its time, and what was is not", async () => {
    const ann = await person();
    const chatId = await group(ann);
    const { fileId: begun } = await ann.call("file.begin", declared(chatId, bytesOf("begun")));
    const unsent = await uploadFile(ann, transfer, chatId, bytesOf("unsent"));
    const sent = await uploadFile(ann, transfer, chatId, bytesOf("sent"));
    const later = await uploadFile(ann, transfer, chatId, bytesOf("later"));
    const { seq } = await ann.call("message.send", fileMessage(chatId, sent));
    const scheduled = { ...fileMessage(chatId, later), at: store.clock.now() + 2 * DAY_MS };
    await ann.call("message.schedule", scheduled as Params<"message.schedule">);
    await store.forward(DAY_MS - 60_000);
    for (const fileId of [begun, unsent, sent, later]) assert.ok((await readRemains(node.store, fileId)) !== null);
    await store.forward(61_000);
    await gone(begun);
    await gone(unsent);
    assert.equal((await read(ann, chatId, seq, sent)).toString(), "sent");
    await store.forward(DAY_MS);
    const isSent = async () => (await ann.call("message.scheduled", {})).messages.length === 0;
    await forwardUntil(isSent, "the message to be sent");
    const { seqs } = await ann.call("file.list", { chatId, limit: 10 });
    assert.equal((await read(ann, chatId, seqs[0] ?? 0, later)).toString(), "later");
    await ann.call("message.retract", { chatId, seq: seqs[0] ?? 0 });
    await gone(later);

    const dropped = await uploadFile(ann, transfer, chatId, bytesOf("dropped"));
    const again = { ...fileMessage(chatId, dropped), at: store.clock.now() + 2 * DAY_MS };
    await ann.call("message.schedule", again as Params<"message.schedule">);
    await store.forward(DAY_MS + 1000);
    await ann.call("message.unschedule", { clientId: again.clientId });
    await gone(dropped);
  });

  test("[FILE-5] the quota holds however many begin at once, and what is given up is free again", async () => {
    const ann = await person();
    const chatId = await group(ann);
    const size = FILE_MAX;
    const begin = (n: number) =>
      ann.call("file.begin", { ...declared(chatId, bytesOf(`${n}`)), size }).then(({ fileId }) => fileId);
    await refused(ann.call("file.begin", { ...declared(chatId, bytesOf("x")), size: FILE_MAX + 1 }), "FILE_TOO_LARGE");
    const many = await Promise.allSettled(Array.from({ length: 20 }, (_, n) => begin(n)));
    const begun = many.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
    assert.ok(begun.length <= QUOTA / FILE_MAX, `${begun.length} files`);
    for (const one of many) if (one.status === "rejected") assert.equal((one.reason as Error).name, "QUOTA_EXCEEDED");
    assert.equal((await ann.call("file.quota", {})).usedBytes, begun.length * size);
    for (let n = begun.length; n < QUOTA / FILE_MAX; n += 1) begun.push(await begin(100 + n));
    await refused(begin(200), "QUOTA_EXCEEDED");
    const [first = ""] = begun;
    await ann.call("file.abort", { fileId: first });
    await refused(ann.call("file.abort", { fileId: first }), "FILE_NOT_FOUND");
    assert.equal(await outcome(begin(300)), "ok");
    await refused(begin(301), "QUOTA_EXCEEDED");
  });

  test("[FILE-5] what is given up takes no bytes any more, sent or on their way, and leaves nothing", async () => {
    const ann = await person();
    const chatId = await group(ann);
    const bytes = Buffer.alloc(300_000, "x");
    const urls = [];
    for (const when of ["before", "after", "meanwhile"] as const) {
      const { fileId, upload } = await ann.call("file.begin", declared(chatId, Buffer.concat([bytes, bytesOf(when)])));
      assert.ok(upload !== undefined);
      const body = Buffer.concat([bytes, bytesOf(when)]);
      if (when === "before") assert.equal(await transfer.put(upload, body), 200);
      const slow = when === "meanwhile" ? await transfer.begin(upload, body.length, body.subarray(0, 1000)) : null;
      await ann.call("file.abort", { fileId });
      if (slow !== null) assert.equal(await slow.status(), 412, "it is told without being read to its end");
      assert.equal(await transfer.put(upload, body), 412);
      assert.equal(await isStored(fileId), false);
      const read = await objects.objects.signGet(objectKey(fileId), READ, { host: objects.host, ttlSeconds: 60 });
      assert.equal((await transfer.get(read)).status, 404);
      assert.equal((await ann.call("file.quota", {})).usedBytes, 0, "the room is free at once");
      urls.push({ fileId, upload, body });
    }
    const parts = [{ number: 1, size: bytes.length, md5: md5(bytes) }];
    const { fileId, parts: targets } = await ann.call("file.begin", { ...declared(chatId, bytes), parts });
    await ann.call("file.abort", { fileId });
    assert.equal(await transfer.put(targets?.[0] ?? assert.fail(), bytes), 404);
    assert.equal(await node.store.hashLength(userClosedUploads(ann.userId)), 4);
    await store.forward(UPLOAD_URL_MS + 2 * 60_000);
    // By the object service's own clock the URLs are good for longer: so one sees that nothing is there.
    for (const { fileId, upload, body } of urls) {
      await forwardUntil(async () => (await transfer.put(upload, body)) === 200, "its place to be free");
      await objects.objects.delete(objectKey(fileId));
    }
    const isTidy = async () => (await node.store.hashLength(userClosedUploads(ann.userId))) === 0;
    await forwardUntil(isTidy, "closed uploads to be forgotten");
  });

  test("[FILE-5] who begins and gives up in a loop leaves a bounded trace, and may go on when it is gone", async () => {
    const ann = await person();
    const chatId = await group(ann);
    const due = () => node.store.sortedLength(DUE);
    const before = await due();
    let n = 0;
    const round = async () => {
      const { fileId } = await ann.call("file.begin", declared(chatId, bytesOf(`loop ${n++}`)));
      await ann.call("file.abort", { fileId });
    };
    const many = () => Promise.all(Array.from({ length: 25 }, () => outcome(round())));
    let last = await many();
    while (last.every((one) => one === "ok")) last = await many();
    assert.deepEqual(new Set(last.filter((one) => one !== "ok")), new Set(["RATE_LIMITED"]));
    const refusal = await refused(round(), "RATE_LIMITED");
    assert.ok(refusal.retry && refusal.retryAfterMs > 0);
    const left = (await due()) - before;
    assert.ok(left <= 2 * (CLOSED_MAX + 25), `${left} deeds`);
    await store.forward(UPLOAD_URL_MS + 2 * 60_000);
    await forwardUntil(async () => (await outcome(round())) === "ok", "who waited to be let in");
    const known = await uploadFile(ann, transfer, chatId, bytesOf("known"));
    const kept = await due();
    for (let again = 0; again < 30; again += 1) {
      assert.equal((await ann.call("file.begin", declared(chatId, bytesOf("known")))).fileId, known);
    }
    assert.ok((await due()) <= kept + 2);
  });

  test("[FILE-5] begun again under the same id it is the same upload, and takes its room once", async () => {
    const [ann, bob] = [await person(), await person()];
    const chatId = await group(ann, bob);
    const bytes = Buffer.alloc(PART + 5, "again");
    const parts = [bytes.subarray(0, PART), bytes.subarray(PART)].map((part, i) => {
      return { number: i + 1, size: part.length, md5: md5(part) };
    });
    for (const more of [{}, { parts }]) {
      const clientId = uuidv7(store.clock.now());
      const about = { ...declared(chatId, bytes), ...more, clientId };
      const atOnce = await Promise.all(Array.from({ length: 5 }, () => ann.call("file.begin", about)));
      const { fileId } = atOnce[0] ?? assert.fail();
      assert.deepEqual(new Set(atOnce.map((one) => one.fileId)), new Set([fileId]));
      assert.equal((await ann.call("file.quota", {})).usedBytes, bytes.length);
      assert.equal(await node.store.hashLength(userUploads(ann.userId)), 1);
      for (const other of [
        { name: "other.txt" },
        { type: "text/html" },
        { md5: "0".repeat(32) },
        { size: PART + 6, parts: undefined },
      ]) {
        const { parts: _parts, ...differs } = { ...about, ...other };
        await refused(ann.call("file.begin", differs), "CLIENT_ID_REUSED");
      }
      const bobs = await bob.call("file.begin", about);
      assert.notEqual(bobs.fileId, fileId, "an id is of its owner");
      await bob.call("file.abort", { fileId: bobs.fileId });

      await ann.call("file.abort", { fileId });
      const next = await ann.call("file.begin", about);
      assert.notEqual(next.fileId, fileId, "what was given up is not begun again");
      for (const [i, target] of (next.parts ?? [next.upload ?? assert.fail()]).entries()) {
        const body = next.parts === undefined ? bytes : bytes.subarray(i * PART, (i + 1) * PART);
        assert.equal(await transfer.put(target, body), 200);
      }
      await ann.call("file.complete", { fileId: next.fileId });
      const known = await ann.call("file.begin", about);
      assert.deepEqual([known.fileId, known.ready], [next.fileId, true]);
      await ann.call("file.abort", { fileId: next.fileId });
      await gone(next.fileId);
      assert.equal((await ann.call("file.quota", {})).usedBytes, 0);
    }
  });

  test("[FILE-5] a store that takes bytes again keeps the room taken until no URL is good", async () => {
    const abilities = objects.objects.abilities as { putOnce: boolean };
    abilities.putOnce = false;
    const ann = await person();
    const chatId = await group(ann);
    const bytes = bytesOf("again and again");
    const { fileId, upload } = await ann.call("file.begin", declared(chatId, bytes));
    const { target } = (await readRemains(node.store, fileId)) ?? assert.fail();
    await ann.call("file.abort", { fileId });
    await refused(ann.call("file.abort", { fileId }), "FILE_NOT_FOUND");
    assert.equal((await ann.call("file.quota", {})).usedBytes, bytes.length);
    await store.forward(60_000);
    assert.equal(await transfer.put(upload ?? assert.fail(), bytes), 200);
    assert.equal((await ann.call("file.quota", {})).usedBytes, bytes.length);
    await store.forward(UPLOAD_URL_MS + 60_000);
    await forwardUntil(async () => (await ann.call("file.quota", {})).usedBytes === 0, "the room to be free");
    await forwardUntil(async () => (await objects.objects.look(target)) === null, "the bytes to be gone");
    abilities.putOnce = true;
  });

  test("[FILE-5] where the store's disk is full, who begins is told before a byte moves, and nothing is used up", async () => {
    const ann = await person();
    const chatId = await group(ann);
    full = true;
    const refusal = await refused(ann.call("file.begin", declared(chatId, bytesOf("much"))), "STORE_FULL");
    assert.equal(refusal.retry, false);
    full = false;
    assert.equal((await ann.call("file.quota", {})).usedBytes, 0);
    await uploadFile(ann, transfer, chatId, bytesOf("much"));
  });

  test("[FILE-5] uploads that nobody ends are bounded", async () => {
    const ann = await person();
    const chatId = await group(ann);
    const begins = Array.from({ length: 4 * limits.UPLOADS_MAX }, (_, n) =>
      outcome(ann.call("file.begin", declared(chatId, bytesOf(`${n}`)))),
    );
    const outcomes = await Promise.all(begins);
    assert.ok(outcomes.filter((one) => one === "ok").length <= limits.UPLOADS_MAX);
    assert.deepEqual(
      outcomes.filter((one) => one !== "ok" && one !== "LIMIT_REACHED"),
      [],
    );
    for (let n = 0; n < 10_000; n += 1) {
      if ((await outcome(ann.call("file.begin", declared(chatId, bytesOf(`more ${n}`))))) !== "ok") break;
    }
    const { usedBytes } = await ann.call("file.quota", {});
    for (let n = 0; n < 200; n += 1) {
      await refused(ann.call("file.begin", declared(chatId, bytesOf(`late ${n}`))), "LIMIT_REACHED");
    }
    assert.equal((await ann.call("file.quota", {})).usedBytes, usedBytes);
  });

  test("[FILE-1] names, parts and chats that cannot be are refused before a byte moves", async () => {
    const [ann, bob] = [await person(), await person()];
    const chatId = await group(ann, bob);
    const about = declared(chatId, bytesOf("x"));
    for (const name of ["a/b", "a\\b", "a\u0000b", "..", ".", " ", "a\u202etxt.exe", "a\u2066b", "a\nb", "\ud800"]) {
      await refused(ann.call("file.begin", { ...about, name }), "FILE_NAME_INVALID");
    }
    const part = { number: 1, size: PART, md5: about.md5 };
    const size = 2 * PART;
    for (const parts of [
      [{ ...part, number: 2 }],
      [part, part],
      [part, { ...part, number: 3 }],
      [
        { ...part, size: 1 },
        { ...part, number: 2, size: size - 1 },
      ],
      [part, { ...part, number: 2, size: PART - 1 }],
    ]) {
      await refused(ann.call("file.begin", { ...about, size, parts }), "FILE_PARTS_INVALID");
    }
    await ann.call("member.mute", { chatId, userId: bob.userId, untilMs: store.clock.now() + DAY_MS });
    await refused(bob.call("file.begin", about), "MEMBER_MUTED");
    await refused((await person()).call("file.begin", about), "CHAT_NOT_FOUND");
    assert.equal((await ann.call("file.quota", {})).usedBytes, 0);
  });

  test("[FILE-3] parts arrive in any order, and what is wrong or missing of them is told", async () => {
    const ann = await person();
    const chatId = await group(ann);
    const bytes = Buffer.concat([Buffer.alloc(PART, 1), Buffer.alloc(PART, 2), Buffer.from("the end")]);
    const pieces = [bytes.subarray(0, PART), bytes.subarray(PART, 2 * PART), bytes.subarray(2 * PART)];
    const parts = pieces.map((piece, i) => ({ number: i + 1, size: piece.length, md5: md5(piece) }));
    const begun = await ann.call("file.begin", { ...declared(chatId, bytes), parts });
    const { fileId } = begun;
    assert.equal(begun.upload, undefined);
    const [one, two, three] = begun.parts ?? [];
    assert.ok(one !== undefined && two !== undefined && three !== undefined);
    assert.equal(await transfer.put(three, pieces[2] ?? bytes), 200);
    assert.notEqual(await transfer.put(one, pieces[1] ?? bytes), 200, "of another hash");
    assert.equal(await transfer.put(one, pieces[0] ?? bytes), 200);
    assert.equal(await transfer.put(one, pieces[0] ?? bytes), 200, "twice");
    await refused(ann.call("file.complete", { fileId }), "FILE_NOT_UPLOADED");
    await refused(ann.call("file.parts", { fileId, numbers: [4] }), "FILE_PARTS_INVALID");
    const state = await ann.call("file.parts", { fileId, numbers: [2] });
    assert.deepEqual([state.arrived, state.parts.map(({ number }) => number)], [[1, 3], [2]]);
    const [missing] = state.parts;
    assert.equal(await transfer.put(missing ?? assert.fail(), pieces[1] ?? bytes), 200);
    const [done, again] = await Promise.all([
      ann.call("file.complete", { fileId }),
      ann.call("file.complete", { fileId }),
    ]);
    assert.deepEqual(done, again);
    const { seq } = await ann.call("message.send", fileMessage(chatId, fileId));
    assert.ok((await read(ann, chatId, seq, fileId)).equals(bytes));
    assert.notEqual(await transfer.put(one, pieces[0] ?? bytes), 200, "nothing is added afterwards");
    assert.ok((await read(ann, chatId, seq, fileId)).equals(bytes));
  });

  test("[FILE-1] while the object store is away, who asks is told so, and uses nothing up", async () => {
    const ann = await person();
    const chatId = await group(ann);
    const bytes = bytesOf("at the wrong time");
    const begun = await ann.call("file.begin", declared(chatId, bytes));
    assert.equal(await transfer.put(begun.upload ?? assert.fail(), bytes), 200);
    const { usedBytes } = await ann.call("file.quota", {});
    away = true;
    const parts = [{ number: 1, size: 1, md5: "a".repeat(32) }];
    for (let n = 0; n <= limits.UPLOADS_MAX; n += 1) {
      const other = { ...declared(chatId, bytesOf("x")), parts };
      const refusal = await refused(ann.call("file.begin", other), "FILES_UNAVAILABLE");
      assert.ok(refusal.retry && refusal.retryAfterMs > 0);
    }
    await refused(ann.call("file.complete", { fileId: begun.fileId }), "FILES_UNAVAILABLE");
    assert.equal((await ann.call("file.quota", {})).usedBytes, usedBytes);
    await ann.call("file.abort", { fileId: begun.fileId });
    await store.forward(1001);
    assert.equal(await isStored(begun.fileId), true, "it is removed later");
    away = false;
    await gone(begun.fileId);
    assert.equal((await ann.call("file.quota", {})).usedBytes, 0);
    await uploadFile(ann, transfer, chatId, bytes);
  });

  test("[FILE-2] the same file of the same person is not uploaded again, and nobody else's is found by its hash", async () => {
    const [ann, bob] = [await person(), await person()];
    const chatId = await group(ann, bob);
    const bytes = bytesOf("again and again");
    const fileId = await uploadFile(ann, transfer, chatId, bytes);
    const first = (await ann.call("message.send", fileMessage(chatId, fileId))).seq;
    const known = await ann.call("file.begin", declared(chatId, bytes));
    assert.deepEqual([known.fileId, known.ready, known.upload], [fileId, true, undefined]);
    assert.equal((await bob.call("file.begin", declared(chatId, bytes))).ready, undefined);
    const { size, ...rest } = declared(chatId, bytes);
    assert.equal((await ann.call("file.begin", { ...rest, size: size + 1 })).ready, undefined);
    assert.equal((await ann.call("file.begin", { ...rest, size, md5: "0".repeat(32) })).ready, undefined);
    await ann.call("message.retract", { chatId, seq: first });
    const second = (await ann.call("message.send", fileMessage(chatId, fileId))).seq;
    assert.deepEqual(await read(bob, chatId, second, fileId), bytes);
    await ann.call("message.retract", { chatId, seq: second });
    await store.forward(DAY_MS + 1000);
    await gone(fileId);
    assert.equal((await ann.call("file.begin", declared(chatId, bytes))).ready, undefined);
  });

  test("[FILE-8] a chat lists its files by kind, the newest first, without what is gone or hidden", async () => {
    const [ann, bob] = [await person(), await person()];
    const chatId = await group(ann, bob);
    const sent: number[] = [];
    for (let n = 0; n < 6; n += 1) {
      const isPicture = n % 2 === 0;
      const about = isPicture ? { name: `${n}.webp`, type: "image/webp" } : { name: `${n}.txt`, type: "text/plain" };
      const fileId = await uploadFile(ann, transfer, chatId, isPicture ? pixel() : bytesOf(`${n}`), about);
      sent.push((await ann.call("message.send", fileMessage(chatId, fileId, isPicture ? "image" : "file"))).seq);
    }
    const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = sent;
    const list = (more: Partial<Params<"file.list">> = {}) => bob.call("file.list", { chatId, limit: 10, ...more });
    assert.deepEqual(await list(), { seqs: [f, e, d, c, b, a] });
    assert.deepEqual(await list({ limit: 2 }), { seqs: [f, e], more: true });
    assert.deepEqual(await list({ limit: 2, before: e }), { seqs: [d, c], more: true });
    assert.deepEqual(await list({ kinds: ["image"] }), { seqs: [e, c, a] });
    assert.deepEqual(await list({ kinds: ["voice", "video"] }), { seqs: [] });
    const collected = (await bob.call("message.send", forward(chatId, chatId, [a, b]))).seq;
    assert.deepEqual(await list({ kinds: ["image"], limit: 1 }), { seqs: [collected], more: true });
    assert.deepEqual(await list({ limit: 1 }), { seqs: [collected], more: true });
    await ann.call("message.retract", { chatId, seq: d });
    await bob.call("message.hide", { chatId, seqs: [f] });
    assert.deepEqual(await list({ limit: 2 }), { seqs: [collected, e], more: true });
    assert.deepEqual(await list({ before: e }), { seqs: [c, b, a] });
    const late = await person();
    await ann.call("member.add", { chatId, userId: late.userId });
    assert.deepEqual(await late.call("file.list", { chatId, limit: 10 }), { seqs: [] });
    await refused((await person()).call("file.list", { chatId, limit: 10 }), "CHAT_NOT_FOUND");
  });

  test("[FILE-5] after its time a file goes and its message stays; the newest message that has it decides", async () => {
    const [ann, bob] = [await person(), await person()];
    const chatId = await group(ann, bob);
    const used = async () => (await ann.call("file.quota", {})).usedBytes;
    const [old, sent, held] = [
      await uploadFile(ann, transfer, chatId, bytesOf("old")),
      await uploadFile(ann, transfer, chatId, bytesOf("sent on")),
      await uploadFile(ann, transfer, chatId, bytesOf("held")),
    ];
    const [one, two, three] = [
      (await ann.call("message.send", fileMessage(chatId, old))).seq,
      (await ann.call("message.send", fileMessage(chatId, sent))).seq,
      (await ann.call("message.send", fileMessage(chatId, held))).seq,
    ];
    await store.forward((RETENTION_DAYS - 1) * DAY_MS);
    const copy = (await bob.call("message.send", forward(chatId, chatId, [two]))).seq;
    await store.forward(1.5 * 3600_000);
    await ann.call("file.begin", declared(chatId, bytesOf("held")));
    assert.equal(await used(), 14);
    await store.forward(23 * 3600_000);
    await gone(old);
    assert.equal(await used(), 11, "the room is free again");
    await refused(bob.call("file.url", { chatId, seq: one, fileId: old }), "FILE_EXPIRED");
    const message = await messageAt(bob, chatId, one);
    assert.equal("body" in message && "fileId" in message.body && message.body.fileId, old);
    assert.ok((await bob.call("file.list", { chatId, limit: 10 })).seqs.includes(one));
    await refused(bob.call("message.send", forward(chatId, chatId, [one])), "FILE_EXPIRED");
    assert.deepEqual(await read(bob, chatId, two, sent), bytesOf("sent on"), "by the older message, too");
    assert.deepEqual(await read(bob, chatId, three, held), bytesOf("held"), "its owner is about to send it again");
    // The newest is taken back: then the older one decides.
    await bob.call("message.retract", { chatId, seq: copy });
    await store.forward(10_001);
    await gone(sent);
    await refused(bob.call("file.url", { chatId, seq: two, fileId: sent }), "FILE_EXPIRED");
    await store.forward(2 * DAY_MS);
    await gone(held);
    assert.deepEqual(await node.store.hashGetAll(userFiles(ann.userId)), { total: "0" });
    const again = await uploadFile(ann, transfer, chatId, bytesOf("old"));
    assert.notEqual(again, old, "it has to be uploaded again");
  });

  test("[FILE-5] leaders that overlap remove what is too old once", async () => {
    const ann = await person();
    const chatId = await group(ann);
    const files: string[] = [];
    for (let n = 0; n < 40; n += 1) files.push(await uploadFile(ann, transfer, chatId, bytesOf(`${n}`.padStart(10))));
    for (const fileId of files) await ann.call("message.send", fileMessage(chatId, fileId));
    await store.forward((RETENTION_DAYS + 1) * DAY_MS);
    const { expiry } = node.services.files;
    await Promise.all([expiry?.run(), expiry?.run(), expiry?.run()]);
    for (const fileId of files) await gone(fileId);
    assert.deepEqual(await node.store.hashGetAll(userFiles(ann.userId)), { total: "0" });
    assert.equal(await node.store.sortedRange(FILE_AGES, 1, store.clock.now(), 1000).then(({ length }) => length), 0);
  });
});
