import assert from "node:assert/strict";
import { after, afterEach, before, describe, test } from "node:test";
import type { Params } from "@parley/protocol";
import { KEEP_INTENT_MS } from "../src/domain/files/held-files.ts";
import { fileKey as objectKey } from "../src/objects/object-keys.ts";
import { readRemains } from "../src/records/file-record.ts";
import {
  DUE,
  FILE_AGES,
  fileRefs,
  INTENT_SHARDS,
  intentShard,
  userClosedUploads,
  userFiles,
  userUploads,
} from "../src/store/keys.ts";
import { uuidv7 } from "./_util/client-ids.ts";
import { type DomainNode, startDomain } from "./_util/domain-node.ts";
import type { DomainPeer } from "./_util/domain-peer.ts";
import { DyingStore } from "./_util/dying-store.ts";
import { declared, FileTransfer, uploadFile } from "./_util/file-transfer.ts";
import { removeTemporaryFolders, temporaryFolder } from "./_util/folder.ts";
import { MovingClock } from "./_util/moving-clock.ts";
import { type ListeningObjects, listeningObjects } from "./_util/objects.ts";
import { passTime } from "./_util/passing-time.ts";
import { turnsUntil } from "./_util/patience.ts";
import { outcome, refused } from "./_util/refusal.ts";

/** More writes than any of the deeds takes. */
const WRITES_MAX = 60;
const HOUR_MS = 3600_000;
const FAR_MS = 400 * 24 * HOUR_MS;
const BYTES = Buffer.from("bytes that outlive a node");

/** Between two looks at what others do: who looks all the time keeps them from doing it. */
const moment = () => new Promise<void>((resolve) => setTimeout(resolve, 1));

describe("files of a node that dies", () => {
  const clock = new MovingClock();
  let location: string;
  let first: DomainNode;
  let token: string;
  let objects: ListeningObjects;
  let transfer: FileTransfer;
  let retentionDays = 0;

  before(async () => {
    location = await temporaryFolder();
    objects = await listeningObjects();
    transfer = new FileTransfer(objects.origin);
    first = await startDomain({ location, clock, objects: objects.objects });
    const device = { name: "test" };
    token = (await first.connect().call("auth.register", { handle: "heir", password: "k7-quiet-harbour", device }))
      .token;
    await first.services.dispose();
  });
  afterEach(() => first.endHeirs());
  after(async () => {
    await first?.stop();
    await objects?.close();
    await removeTemporaryFolders();
  });

  const enter = async (dying?: DyingStore) => {
    const wrap = dying === undefined ? {} : { wrapStore: (kv: DomainNode["store"]) => dying.wrap(kv) };
    const node = await startDomain({
      location,
      clock,
      inPlaceOf: first,
      fileRetention: retentionDays,
      objects: objects.objects,
      ...wrap,
    });
    const ann = node.connect();
    ann.host = objects.host;
    await ann.call("auth.resume", { token });
    return { node, ann };
  };

  const unfinished = async () => {
    const shards = Array.from({ length: INTENT_SHARDS }, (_, shard) => first.store.hashLength(intentShard(shard)));
    return (await Promise.all(shards)).reduce((sum, count) => sum + count, 0);
  };
  /** Every deed has come to its end; `meanwhile` as often as it has not. */
  const finished = (meanwhile = () => {}) =>
    turnsUntil(
      async () => {
        if ((await unfinished()) === 0) return true;
        meanwhile();
        return false;
      },
      () => "every intent to be done with",
      moment,
    );
  const due = (at = clock.now() + FAR_MS) => first.store.sortedRange(DUE, 0, at, 1);
  const whatIsDue = () => "all that is due to be done";

  /** A day and more passes, in which everything is done that was left to do. */
  const settle = async () => {
    const { node } = await enter();
    await finished(() => clock.forward(KEEP_INTENT_MS / 4));
    const didWhatWasDue = async () => {
      clock.forward(6 * HOUR_MS);
      await moment();
      // Time stands still while the leader does what is due.
      await turnsUntil(async () => (await due(clock.now())).length === 0, whatIsDue, moment);
      return (await due()).length === 0;
    };
    await turnsUntil(didWhatWasDue, whatIsDue);
    await node.services.dispose();
  };

  interface Scene {
    readonly node: DomainNode;
    readonly ann: DomainPeer;
    readonly chatId: string;
    /** A complete file, and the message that may have it. */
    readonly fileId: string;
    readonly message: Params<"message.send">;
  }

  const nothing = async () => {};

  /** Dies before each write of the deed in turn; `check` is told whether the deed was acknowledged. */
  async function dieAtEveryWrite(
    prepare: (scene: Scene) => Promise<unknown>,
    deed: (scene: Scene) => Promise<unknown>,
    check: (scene: Scene, told: boolean, at: string) => Promise<void>,
    atOnce: (scene: Scene) => Promise<void> = nothing,
  ): Promise<void> {
    for (let writes = 0; writes < WRITES_MAX; writes += 1) {
      const dying = new DyingStore();
      const { node, ann } = await enter(dying);
      const { chatId } = (await ann.call("chat.createGroup", { name: "g", members: [] })).chat;
      const fileId = await uploadFile(ann, transfer, chatId, Buffer.concat([BYTES, Buffer.from(chatId)]));
      const message = { chatId, clientId: uuidv7(clock.now()), kind: "file", body: { fileId } } as const;
      const scene = { node, ann, chatId, fileId, message };
      await prepare(scene);
      // What goes on after the answers is done.
      await finished();
      dying.dieAfter(writes);
      const told = (await outcome(deed(scene))) === "ok";
      await node.services.dispose().catch(() => {});
      const survived = !dying.isDead;
      dying.dieAfter(0);
      const heir = await enter();
      await atOnce({ ...scene, ...heir });
      await heir.node.services.dispose();
      await settle();
      const next = await enter();
      await check({ ...scene, ...next }, told, `after ${writes} writes`);
      await next.node.services.dispose();
      await settle();
      const at = `after ${writes} writes and the check`;
      const left = await first.store.hashGetAll(userFiles(next.ann.userId));
      for (const id of Object.keys(left)) if (id !== "total") assert.ok(await isWhole(id), at);
      assert.deepEqual(await first.store.hashGetAll(userUploads(next.ann.userId)), {}, at);
      assert.deepEqual(await first.store.hashGetAll(userClosedUploads(next.ann.userId)), {}, at);
      if (survived) return;
    }
    assert.fail("The deed takes more writes than are tried");
  }

  const isWhole = async (fileId: string) =>
    (await readRemains(first.store, fileId)) !== null && (await objects.objects.look(objectKey(fileId))) !== null;
  const isGone = async (fileId: string) => {
    const left = [await readRemains(first.store, fileId), await objects.objects.look(objectKey(fileId))];
    return left.every((one) => one === null) && (await first.store.setLength(fileRefs(fileId))) === 0;
  };
  const used = async (ann: DomainPeer) => (await ann.call("file.quota", {})).usedBytes;
  const seqsOf = async (ann: DomainPeer, chatId: string) =>
    (await ann.call("message.history", { chatId, limit: 50 })).messages.flatMap((one) =>
      one.kind === "file" ? [one.seq] : [],
    );
  const reads = async ({ ann, chatId, fileId }: Scene, seq: number) => {
    const { url } = await ann.call("file.url", { chatId, seq, fileId });
    return (await transfer.get(url)).bytes.toString() === BYTES + chatId;
  };

  test("[FILE-5] [NODE-7] while it begins an upload: nothing of it is left after its time", async () => {
    const begin = ({ ann, chatId }: Scene) => ann.call("file.begin", declared(chatId, Buffer.from("never sent")));
    await dieAtEveryWrite(nothing, begin, async ({ ann, fileId }, _told, at) => {
      assert.ok(await isGone(fileId), at);
      assert.equal(await used(ann), 0, at);
    });
  });

  test("[FILE-5] [NODE-7] while it begins an upload under an id: asked again, there is one, counted once", async () => {
    let about: Params<"file.begin"> = { ...declared("", BYTES), clientId: "" };
    let inParts = false;
    await dieAtEveryWrite(
      async ({ chatId }) => {
        inParts = !inParts;
        const bytes = Buffer.from(`under an id ${chatId}`);
        const { size, md5 } = declared(chatId, bytes);
        about = { ...declared(chatId, bytes), clientId: uuidv7(clock.now()) };
        if (inParts) about = { ...about, parts: [{ number: 1, size, md5 }] };
      },
      ({ ann }) => ann.call("file.begin", about),
      nothing,
      async ({ ann, chatId }) => {
        const before = await used(ann);
        const { fileId, upload, parts } = await ann.call("file.begin", about);
        assert.equal((await ann.call("file.begin", about)).fileId, fileId);
        assert.deepEqual(Object.keys(await first.store.hashGetAll(userUploads(ann.userId))), [fileId]);
        assert.ok([0, about.size].includes((await used(ann)) - before));
        const sent = await transfer.put(upload ?? parts?.[0] ?? assert.fail(), Buffer.from(`under an id ${chatId}`));
        assert.equal(sent, 200);
        await ann.call("file.complete", { fileId });
        assert.equal((await ann.call("file.begin", about)).ready, true);
      },
    );
  });

  for (const putOnce of [true, false]) {
    test(`[FILE-5] [NODE-7] while it gives an upload up: what was sent is gone, ${putOnce ? "at once" : "with its URL"}`, async () => {
      const abilities = objects.objects.abilities as { putOnce: boolean };
      abilities.putOnce = putOnce;
      let target = "";
      let second = "";
      await dieAtEveryWrite(
        async ({ ann, chatId }) => {
          const bytes = Buffer.from(`given up ${chatId}`);
          const { fileId, upload } = await ann.call("file.begin", declared(chatId, bytes));
          assert.equal(await transfer.put(upload ?? assert.fail(), bytes), 200);
          second = fileId;
          target = (await readRemains(first.store, fileId))?.target ?? "";
        },
        ({ ann }) => ann.call("file.abort", { fileId: second }),
        async ({ ann, fileId }, _told, at) => {
          assert.equal(await readRemains(first.store, second), null, at);
          assert.equal(await objects.objects.look(target), null, at);
          assert.ok(await isGone(fileId), at);
          assert.equal(await used(ann), 0, at);
        },
      );
      abilities.putOnce = true;
    });
  }

  test("[FILE-1] [NODE-7] while it completes an upload: it can be completed again", async () => {
    let second = "";
    await dieAtEveryWrite(
      async ({ ann, chatId }) => {
        const bytes = Buffer.from(`second ${chatId}`);
        const { fileId, upload } = await ann.call("file.begin", declared(chatId, bytes));
        assert.equal(await transfer.put(upload ?? assert.fail(), bytes), 200);
        second = fileId;
      },
      async ({ ann }) => {
        await ann.call("file.complete", { fileId: second });
      },
      async ({ ann, chatId }, _told, at) => {
        const [seq = 0] = await seqsOf(ann, chatId);
        const { url } = await ann.call("file.url", { chatId, seq, fileId: second });
        assert.equal((await transfer.get(url)).bytes.toString(), `second ${chatId}`, at);
        await ann.call("message.retract", { chatId, seq });
      },
      async ({ ann, message }) => {
        await ann.call("file.complete", { fileId: second });
        await ann.call("message.send", { ...message, body: { fileId: second } } as Params<"message.send">);
      },
    );
  });

  test("[FILE-5] [NODE-7] while it stores a message: the file stays when the message does, and goes when not", async () => {
    await dieAtEveryWrite(
      nothing,
      ({ ann, message }) => ann.call("message.send", message),
      async (scene, told, at) => {
        const { ann, chatId, fileId, message } = scene;
        const seqs = await seqsOf(ann, chatId);
        if (told) assert.equal(seqs.length, 1, at);
        const [seq] = seqs;
        if (seq === undefined) {
          assert.ok(await isGone(fileId), at);
          return;
        }
        assert.ok(await reads(scene, seq), at);
        assert.deepEqual((await ann.call("file.list", { chatId, limit: 10 })).seqs, [seq], at);
        assert.equal((await ann.call("message.send", message)).seq, seq, at);
        await ann.call("message.retract", { chatId, seq });
      },
    );
  });

  test("[FILE-5] [NODE-7] while it retracts a message: the file is gone with it, and a forward keeps it", async () => {
    let forwarded = false;
    await dieAtEveryWrite(
      async ({ ann, chatId, message }) => {
        const { seq } = await ann.call("message.send", message);
        forwarded = !forwarded;
        const copy = { chatId, clientId: uuidv7(clock.now()), kind: "forward", body: { chatId, seqs: [seq] } };
        if (forwarded) await ann.call("message.send", copy as Params<"message.send">);
      },
      async ({ ann, chatId }) => ann.call("message.retract", { chatId, seq: 2 }),
      async (scene, told, at) => {
        const { ann, chatId, fileId } = scene;
        const seqs = await seqsOf(ann, chatId);
        if (told) assert.ok(!seqs.includes(2), at);
        if (seqs.length === 0) assert.ok(await isGone(fileId), at);
        for (const seq of seqs) {
          assert.ok(await reads(scene, seq), at);
          await ann.call("message.retract", { chatId, seq });
        }
      },
    );
  });

  test("[FILE-5] [NODE-7] while it deletes a chat: its files go with it", async () => {
    await dieAtEveryWrite(
      async ({ ann, message }) => ann.call("message.send", message),
      ({ ann, chatId }) => ann.call("chat.delete", { chatId }),
      async ({ ann, chatId, fileId }, told, at) => {
        const left = (await outcome(ann.call("chat.get", { chatId }))) === "ok";
        if (told) assert.ok(!left, at);
        assert.equal(await isGone(fileId), !left, at);
        if (left) await ann.call("chat.delete", { chatId });
      },
    );
  });

  test("[MSG-13] [FILE-5] [NODE-7] while it schedules a message, or takes it back: the file is there when it is sent", async () => {
    let takesBack = false;
    await dieAtEveryWrite(
      nothing,
      async ({ ann, message }) => {
        takesBack = !takesBack;
        await ann.call("message.schedule", {
          ...message,
          at: clock.now() + 60 * HOUR_MS,
        } as Params<"message.schedule">);
        if (takesBack) await ann.call("message.unschedule", { clientId: message.clientId });
      },
      async (scene, told, at) => {
        const { ann, chatId, fileId } = scene;
        const seqs = await seqsOf(ann, chatId);
        if (told) assert.equal(seqs.length, takesBack ? 0 : 1, at);
        const [seq] = seqs;
        if (seq === undefined) assert.ok(await isGone(fileId), at);
        else {
          assert.ok(await reads(scene, seq), at);
          await ann.call("message.retract", { chatId, seq });
        }
      },
    );
  });

  test("[FILE-5] [NODE-7] while it removes what is too old: the file goes, its message stays, and a newer one keeps it", async () => {
    retentionDays = 2;
    let kept = { fileId: "", seq: 0 };
    let people = 0;
    await dieAtEveryWrite(
      async ({ node, ann, chatId, message }) => {
        await ann.call("message.send", message);
        const fileId = await uploadFile(ann, transfer, chatId, Buffer.from(`kept ${chatId}`));
        const other = { ...message, clientId: uuidv7(clock.now()), body: { fileId } } as Params<"message.send">;
        const { seq } = await ann.call("message.send", other);
        await passTime(clock, [node], 25 * HOUR_MS);
        const copy = { chatId, clientId: uuidv7(clock.now()), kind: "forward", body: { chatId, seqs: [seq] } };
        await ann.call("message.send", copy as Params<"message.send">);
        kept = { fileId, seq };
      },
      async ({ node }) => {
        // The leader of this node begins, too.
        clock.forward(24 * HOUR_MS);
        await node.services.files.expiry?.run();
      },
      async ({ node, ann, chatId, fileId }, _told, at) => {
        assert.deepEqual(await seqsOf(ann, chatId), [2, 3, 4], at);
        await refused(ann.call("file.url", { chatId, seq: 2, fileId }), "FILE_EXPIRED");
        assert.ok(await isGone(fileId), at);
        for (const seq of [2, 3, 4]) await ann.call("message.retract", { chatId, seq });
        // A session does not live as long as all of this takes.
        const account = { handle: `heir${++people}`, password: "k7-quiet-harbour", device: { name: "test" } };
        token = (await node.connect().call("auth.register", account)).token;
      },
      async ({ ann, chatId }) => {
        const { url } = await ann.call("file.url", { chatId, ...kept });
        assert.equal((await transfer.get(url)).bytes.toString(), `kept ${chatId}`);
      },
    );
    const { node } = await enter();
    await node.services.files.expiry?.run();
    await node.services.dispose();
    assert.equal(await first.store.sortedLength(FILE_AGES), 0, "nothing is left to look at");
  });
});
