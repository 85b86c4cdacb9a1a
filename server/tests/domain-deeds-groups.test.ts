import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { newUuid } from "../src/domain/ids.ts";
import { systemClock, systemRandom } from "../src/platform.ts";
import { entryText } from "../src/records/entry.ts";
import { membersOf } from "../src/records/membership.ts";
import { chatLog, dedupeBucket, dedupeId, intentShard } from "../src/store/keys.ts";
import { uuidv7 } from "./_util/client-ids.ts";
import { type DomainNode, startDomain } from "./_util/domain-node.ts";
import type { DomainPeer } from "./_util/domain-peer.ts";
import { type Cast, DyingDeeds } from "./_util/dying-deeds.ts";
import { removeTemporaryFolders } from "./_util/folder.ts";
import { monthNotices } from "./_util/month-notices.ts";

let deeds: DyingDeeds;
before(async () => {
  deeds = await DyingDeeds.start();
});
afterEach(() => deeds.end());
after(async () => {
  await deeds.stop();
  await removeTemporaryFolders();
});

test("[NODE-7] a group is made for everybody or for nobody, wherever the node dies", async () => {
  let known: string[] = [];
  await deeds.dieAtEveryWrite(
    async ({ owner, bob, carol }) => {
      known = await deeds.chatIds(owner);
      return () => owner.call("chat.createGroup", { name: "Whole", members: [bob.userId, carol.userId] });
    },
    async ({ owner, bob, carol }, told) => {
      const made = (await deeds.chatIds(owner)).filter((chatId) => !known.includes(chatId));
      assert.ok(made.length === 1 || (made.length === 0 && !told));
      for (const chatId of made) {
        assert.equal((await deeds.log(chatId)).length, 1);
        for (const peer of [bob, carol]) assert.ok((await deeds.chatIds(peer)).includes(chatId));
        assert.equal((await membersOf(deeds.first.store, chatId)).length, 3);
      }
    },
  );
});

test("[NODE-7] a deed that another node does at the same time is done, not refused by what the other has written", async () => {
  const { node, owner, carol } = await deeds.enter();
  const { chatId } = (await owner.call("chat.createGroup", { name: "At once", members: [] })).chat;
  const at = systemClock.now();
  const args = { chatId, actor: owner.userId, userId: carol.userId, clientId: newUuid(at, systemRandom), at };
  let looked = false;
  const late = (kv: DomainNode["store"]): DomainNode["store"] =>
    new Proxy(kv, {
      get(target, name) {
        const value = Reflect.get(target, name);
        if (name !== "hashGet") return typeof value === "function" ? value.bind(target) : value;
        return async (key: string, field: string) => {
          const found = await target.hashGet(key, field);
          // It has seen that nothing was begun; then the other does all of it.
          if (!looked && field.includes(args.clientId)) {
            looked = true;
            await node.services.groups.addDeed(args);
          }
          return found;
        };
      },
    });
  const other = await startDomain({ location: deeds.location, inPlaceOf: deeds.first, wrapStore: late });
  assert.equal(await other.services.groups.addDeed(args), 2);
  assert.ok(looked);
  assert.equal((await deeds.log(chatId)).length, 2);
  await Promise.all([node.stop(), other.stop()]);
});

test("[S8] adding and removing happen wholly, in the log and in both indexes, wherever the node dies", async () => {
  let chatId = "";
  const group = async ({ owner, bob }: Cast) => {
    chatId = (await owner.call("chat.createGroup", { name: "Changing", members: [bob.userId] })).chat.chatId;
  };
  await deeds.dieAtEveryWrite(
    async (cast) => {
      await group(cast);
      return () => cast.owner.call("member.add", { chatId, userId: cast.carol.userId });
    },
    async (cast, told) => {
      const joined = await deeds.isMember(cast, cast.carol, chatId);
      assert.ok(joined || !told);
      assert.equal((await deeds.log(chatId)).length, joined ? 2 : 1);
    },
  );
  await deeds.dieAtEveryWrite(
    async (cast) => {
      await group(cast);
      return () => cast.owner.call("member.remove", { chatId, userId: cast.bob.userId });
    },
    async (cast, told) => {
      const stayed = await deeds.isMember(cast, cast.bob, chatId);
      assert.ok(!(stayed && told));
      assert.equal((await deeds.log(chatId)).length, stayed ? 1 : 2);
    },
  );
});

test("[CHAT-3] roles, mutes and changes happen wholly, wherever the node dies", async () => {
  let chatId = "";
  const group = async ({ owner, bob, carol }: Cast) => {
    const members = [bob.userId, carol.userId];
    chatId = (await owner.call("chat.createGroup", { name: "Changing", members })).chat.chatId;
  };
  const seen = async (peer: DomainPeer) => (await peer.call("chat.get", { chatId })).chat;
  const entries = async () => (await deeds.log(chatId)).length - 1;
  const untilMs = Date.now() + 3600_000;
  const changes: [run: (cast: Cast) => Promise<unknown>, done: (cast: Cast) => Promise<readonly boolean[]>][] = [
    [
      ({ owner, bob }) => owner.call("member.setRole", { chatId, userId: bob.userId, role: "admin" }),
      async ({ bob }) => [(await seen(bob)).role === "admin"],
    ],
    [
      ({ owner, bob }) => owner.call("member.transfer", { chatId, userId: bob.userId }),
      async ({ owner, bob }) => [(await seen(bob)).role === "owner", (await seen(owner)).role === "admin"],
    ],
    [
      ({ owner, bob }) => owner.call("member.mute", { chatId, userId: bob.userId, untilMs }),
      async ({ bob }) => [(await seen(bob)).mutedUntil === untilMs],
    ],
    [
      ({ owner }) => owner.call("chat.update", { chatId, name: "Changed", announcements: true }),
      async ({ carol }) => [(await seen(carol)).name === "Changed", (await seen(carol)).settings.announcements],
    ],
  ];
  for (const [run, done] of changes) {
    await deeds.dieAtEveryWrite(
      async (cast) => {
        await group(cast);
        return () => run(cast);
      },
      async (cast, told) => {
        const all = await done(cast);
        const stored = (await entries()) === 1;
        assert.ok(stored || !told);
        assert.deepEqual(
          all,
          all.map(() => stored),
        );
      },
    );
  }
});

test("[CHAT-3] a group is deleted for everybody or for nobody, wherever the node dies", async () => {
  let chatId = "";
  await deeds.dieAtEveryWrite(
    async ({ owner, bob, carol }) => {
      const members = [bob.userId, carol.userId];
      chatId = (await owner.call("chat.createGroup", { name: "Ending", members })).chat.chatId;
      return () => owner.call("chat.delete", { chatId });
    },
    async (cast, told) => {
      const { owner, bob, carol } = cast;
      const stayed = await deeds.isMember(cast, owner, chatId);
      assert.ok(!(stayed && told));
      assert.equal((await deeds.log(chatId)).length, stayed ? 1 : 2);
      for (const peer of [bob, carol]) {
        assert.equal(await deeds.isMember(cast, peer, chatId), stayed);
        const notices = await monthNotices(peer);
        assert.equal(
          notices.some((notice) => notice.kind === "left" && notice.chatId === chatId),
          !stayed,
        );
      }
    },
  );
});

test("[CHAT-3] a removal that is found undone is done only if it still may be", async () => {
  const { node, owner, bob, carol } = await deeds.enter();
  const members = [bob.userId, carol.userId];
  const { chatId } = (await owner.call("chat.createGroup", { name: "Paused", members })).chat;
  await owner.call("member.setRole", { chatId, userId: bob.userId, role: "admin" });
  // Bob's node died with the intent written and nothing else; meanwhile he is no admin any more.
  const at = Date.now();
  const args = { chatId, actor: bob.userId, userId: carol.userId, clientId: newUuid(at, systemRandom), at };
  await owner.call("member.setRole", { chatId, userId: bob.userId, role: "member" });
  const intent = { kind: "endMembership", args, startedAt: at - 60_000 };
  await deeds.first.store.hashSet(intentShard(0), "paused", JSON.stringify(intent));
  await node.services.dispose();
  const next = await deeds.enter();
  assert.equal(await deeds.isMember(next, next.carol, chatId), true);
  assert.deepEqual(await deeds.first.store.hashGetAll(intentShard(0)), {});
  await next.node.stop();
});

test("[CHAT-3] a node that wakes late brings nobody back whom a deleted group has let go", async () => {
  const cast = await deeds.enter();
  const { node, owner, bob } = cast;
  const { chatId } = (await owner.call("chat.createGroup", { name: "Over", members: [] })).chat;
  const at = Date.now();
  const args = { chatId, actor: owner.userId, userId: bob.userId, clientId: newUuid(at, systemRandom), at };
  // It slept after the entry and before the indexes.
  const entry = { sender: owner.userId, clientId: args.clientId, sentAt: at, kind: "system" as const };
  const bucket = dedupeBucket(chatId, args.clientId);
  await deeds.first.store.appendOnce({
    log: chatLog(chatId),
    bucket: bucket.key,
    bucketTtlSeconds: bucket.ttlSeconds,
    id: dedupeId(owner.userId, args.clientId),
    entry: entryText({ ...entry, body: { event: "added", userId: bob.userId } }),
    sentAt: at,
    epoch: "late",
  });
  await owner.call("chat.delete", { chatId });
  await node.services.groups.addDeed(args);
  assert.equal(await deeds.isMember(cast, bob, chatId), false);
  await node.stop();
});

test("[CHAT-1] a direct chat is opened for both or can be opened again, wherever the node dies", async () => {
  const device = { name: "test" };
  let pair = 0;
  let handles: string[] = [];
  await deeds.dieAtEveryWrite(
    async ({ node }) => {
      pair += 1;
      handles = [`left${pair}`, `right${pair}`];
      const [one, other] = await Promise.all(
        handles.map(async (handle) => {
          const peer = node.connect();
          await peer.call("auth.register", { handle, password: "k7-quiet-harbour", device });
          return peer;
        }),
      );
      return async () => one?.call("chat.openDirect", { userId: other?.userId ?? "" });
    },
    async ({ node }) => {
      const [one, other] = await Promise.all(
        handles.map(async (handle) => {
          const peer = node.connect();
          await peer.signInAs(handle);
          return peer;
        }),
      );
      if (one === undefined || other === undefined) throw new Error("A pair");
      const { chat } = await other.call("chat.openDirect", { userId: one.userId });
      assert.deepEqual([await deeds.chatIds(one), await deeds.chatIds(other)], [[chat.chatId], [chat.chatId]]);
      const body = { text: "first" };
      const sent = await one.call("message.send", { chatId: chat.chatId, clientId: uuidv7(), kind: "text", body });
      assert.equal(sent.seq, 1);
    },
  );
});

test("a deed that is repeated late undoes nothing of what was done since", async () => {
  const cast = await deeds.enter();
  const { node, owner, bob } = cast;
  const { chatId } = (await owner.call("chat.createGroup", { name: "Late", members: [] })).chat;
  const at = Date.now();
  const args = { chatId, actor: owner.userId, userId: bob.userId, clientId: newUuid(at, systemRandom), at };
  const seq = await node.services.groups.addDeed(args);
  await owner.call("member.remove", { chatId, userId: bob.userId });
  assert.equal(await node.services.groups.addDeed(args), seq);
  assert.equal(await deeds.isMember(cast, bob, chatId), false);
  const removal = { ...args, clientId: newUuid(at, systemRandom) };
  await owner.call("member.add", { chatId, userId: bob.userId });
  const gone = await node.services.groups.endDeed(removal);
  const { seq: back } = await owner.call("member.add", { chatId, userId: bob.userId });
  assert.equal(await node.services.groups.endDeed(removal), gone);
  assert.equal(await deeds.isMember(cast, bob, chatId), true);
  assert.equal((await bob.call("chat.get", { chatId })).chat.joinedSeq, back);
  assert.equal((await deeds.log(chatId)).length, back);
  await node.stop();
});
