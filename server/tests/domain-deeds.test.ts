import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { newUuid } from "../src/domain/ids.ts";
import { systemClock, systemRandom } from "../src/platform.ts";
import { entryText, readHead } from "../src/records/entry.ts";
import { monthOf } from "../src/records/inbox.ts";
import { markLeaving } from "../src/records/leaving.ts";
import { chatsOf, findMember, hasChat, membersOf } from "../src/records/membership.ts";
import { readRetract } from "../src/records/overlay.ts";
import { COPY_INTENT_MS, voidCopies } from "../src/store/append-once.ts";
import {
  chatLog,
  chatMembers,
  chatOverlay,
  chatReactions,
  chatTurn,
  dedupeBucket,
  dedupeId,
  INTENT_SHARDS,
  intentShard,
  intentsOf,
  userChats,
  userInbox,
} from "../src/store/keys.ts";
import { VOID_ENTRY } from "../src/store/log-entry.ts";
import { uuidv7 } from "./_util/client-ids.ts";
import { type DomainNode, startDomain } from "./_util/domain-node.ts";
import type { DomainPeer } from "./_util/domain-peer.ts";
import { DyingStore } from "./_util/dying-store.ts";
import { removeTemporaryFolders, temporaryFolder } from "./_util/folder.ts";

/** More writes than any of the deeds takes. */
const WRITES_MAX = 60;

let location: string;
let first: DomainNode;
let tokens: string[];

before(async () => {
  location = await temporaryFolder();
  first = await startDomain({ location });
  const device = { name: "test" };
  tokens = await Promise.all(
    ["owner", "bobby", "carol"].map(async (handle) => {
      const answer = await first.connect().call("auth.register", { handle, password: "k7-quiet-harbour", device });
      return answer.token;
    }),
  );
});
afterEach(() => first.endHeirs());
after(async () => {
  await first.stop();
  await removeTemporaryFolders();
});

/** A node on the same store, and the three people connected to it. */
async function enter(dying?: DyingStore) {
  const wrap = dying === undefined ? {} : { wrapStore: (kv: DomainNode["store"]) => dying.wrap(kv) };
  const node = await startDomain({ location, inPlaceOf: first, ...wrap });
  const [owner, bob, carol] = await Promise.all(
    tokens.map(async (token) => {
      const peer = node.connect();
      await peer.call("auth.resume", { token });
      return peer;
    }),
  );
  if (owner === undefined || bob === undefined || carol === undefined) throw new Error("Three people");
  await Promise.all([owner, bob, carol].map((peer) => node.services.hub.ready(peer)));
  return { node, owner, bob, carol };
}

type Cast = Awaited<ReturnType<typeof enter>>;

/**
 * The node dies before each of the deed's writes in turn; two others start at once, replay it over each other, as two
 * leaders do who overlap, and have to make it whole once (NODE-7).
 */
async function dieAtEveryWrite(
  deed: (cast: Cast) => Promise<() => Promise<unknown>>,
  check: (cast: Cast, told: boolean) => Promise<void>,
): Promise<void> {
  for (let writes = 0; writes < WRITES_MAX; writes += 1) {
    const dying = new DyingStore();
    const cast = await enter(dying);
    const run = await deed(cast);
    dying.dieAfter(writes);
    const told = await run().then(
      () => true,
      () => false,
    );
    const survived = !dying.isDead;
    dying.dieAfter(0);
    await cast.node.services.dispose().catch(() => {});
    const [next, overlapping] = await Promise.all([enter(), enter()]);
    await check(next, told);
    assert.deepEqual(await unfinished(), [], `after ${writes} writes`);
    await Promise.all([next.node.stop(), overlapping.node.stop()]);
    if (survived) return;
  }
  assert.fail("The deed takes more writes than are tried");
}

/** Kinds of intents that are left; those of edits are kept for a while on purpose. */
async function unfinished(): Promise<string[]> {
  const shards = Array.from({ length: INTENT_SHARDS }, (_, shard) => first.store.hashGetAll(intentShard(shard)));
  const texts = (await Promise.all(shards)).flatMap((intents) => Object.values(intents));
  return texts.map((text) => (JSON.parse(text) as { kind: string }).kind).filter((kind) => kind !== "edit");
}

async function chatIds(peer: DomainPeer): Promise<string[]> {
  return (await chatsOf(first.store, peer.userId)).map(({ chatId }) => chatId).sort();
}

const log = (chatId: string) => first.store.listRange(chatLog(chatId), 0, 100);

/** Both indexes say the same about everybody, and the people see it. */
async function isMember({ node }: Cast, peer: DomainPeer, chatId: string): Promise<boolean> {
  const [member, listed] = await Promise.all([
    findMember(node.store, chatId, peer.userId),
    hasChat(node.store, peer.userId, chatId),
  ]);
  assert.equal(member !== null, listed);
  return listed;
}

test("[NODE-7] a group is made for everybody or for nobody, wherever the node dies", async () => {
  let known: string[] = [];
  await dieAtEveryWrite(
    async ({ owner, bob, carol }) => {
      known = await chatIds(owner);
      return () => owner.call("chat.createGroup", { name: "Whole", members: [bob.userId, carol.userId] });
    },
    async ({ owner, bob, carol }, told) => {
      const made = (await chatIds(owner)).filter((chatId) => !known.includes(chatId));
      assert.ok(made.length === 1 || (made.length === 0 && !told));
      for (const chatId of made) {
        assert.equal((await log(chatId)).length, 1);
        for (const peer of [bob, carol]) assert.ok((await chatIds(peer)).includes(chatId));
        assert.equal((await membersOf(first.store, chatId)).length, 3);
      }
    },
  );
});

test("[NODE-7] a deed that another node does at the same time is done, not refused by what the other has written", async () => {
  const { node, owner, carol } = await enter();
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
  const other = await startDomain({ location, inPlaceOf: first, wrapStore: late });
  assert.equal(await other.services.groups.addDeed(args), 2);
  assert.ok(looked);
  assert.equal((await log(chatId)).length, 2);
  await Promise.all([node.stop(), other.stop()]);
});

test("[S8] adding and removing happen wholly, in the log and in both indexes, wherever the node dies", async () => {
  let chatId = "";
  const group = async ({ owner, bob }: Cast) => {
    chatId = (await owner.call("chat.createGroup", { name: "Changing", members: [bob.userId] })).chat.chatId;
  };
  await dieAtEveryWrite(
    async (cast) => {
      await group(cast);
      return () => cast.owner.call("member.add", { chatId, userId: cast.carol.userId });
    },
    async (cast, told) => {
      const joined = await isMember(cast, cast.carol, chatId);
      assert.ok(joined || !told);
      assert.equal((await log(chatId)).length, joined ? 2 : 1);
    },
  );
  await dieAtEveryWrite(
    async (cast) => {
      await group(cast);
      return () => cast.owner.call("member.remove", { chatId, userId: cast.bob.userId });
    },
    async (cast, told) => {
      const stayed = await isMember(cast, cast.bob, chatId);
      assert.ok(!(stayed && told));
      assert.equal((await log(chatId)).length, stayed ? 1 : 2);
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
  const entries = async () => (await log(chatId)).length - 1;
  const untilMs = Date.now() + 3600_000;
  const deeds: [run: (cast: Cast) => Promise<unknown>, done: (cast: Cast) => Promise<readonly boolean[]>][] = [
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
  for (const [run, done] of deeds) {
    await dieAtEveryWrite(
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
  await dieAtEveryWrite(
    async ({ owner, bob, carol }) => {
      const members = [bob.userId, carol.userId];
      chatId = (await owner.call("chat.createGroup", { name: "Ending", members })).chat.chatId;
      return () => owner.call("chat.delete", { chatId });
    },
    async (cast, told) => {
      const { owner, bob, carol } = cast;
      const stayed = await isMember(cast, owner, chatId);
      assert.ok(!(stayed && told));
      assert.equal((await log(chatId)).length, stayed ? 1 : 2);
      for (const peer of [bob, carol]) {
        assert.equal(await isMember(cast, peer, chatId), stayed);
        const { notices } = await peer.call("sync.pull", { pos: beginning() });
        assert.equal(
          notices.some((notice) => notice.kind === "left" && notice.chatId === chatId),
          !stayed,
        );
      }
    },
  );
});

test("[CHAT-3] a removal that is found undone is done only if it still may be", async () => {
  const { node, owner, bob, carol } = await enter();
  const members = [bob.userId, carol.userId];
  const { chatId } = (await owner.call("chat.createGroup", { name: "Paused", members })).chat;
  await owner.call("member.setRole", { chatId, userId: bob.userId, role: "admin" });
  // Bob's node died with the intent written and nothing else; meanwhile he is no admin any more.
  const at = Date.now();
  const args = { chatId, actor: bob.userId, userId: carol.userId, clientId: newUuid(at, systemRandom), at };
  await owner.call("member.setRole", { chatId, userId: bob.userId, role: "member" });
  const intent = { kind: "endMembership", args, startedAt: at - 60_000 };
  await first.store.hashSet(intentShard(0), "paused", JSON.stringify(intent));
  await node.services.dispose();
  const next = await enter();
  assert.equal(await isMember(next, next.carol, chatId), true);
  assert.deepEqual(await first.store.hashGetAll(intentShard(0)), {});
  await next.node.stop();
});

test("[CHAT-3] a node that wakes late brings nobody back whom a deleted group has let go", async () => {
  const cast = await enter();
  const { node, owner, bob } = cast;
  const { chatId } = (await owner.call("chat.createGroup", { name: "Over", members: [] })).chat;
  const at = Date.now();
  const args = { chatId, actor: owner.userId, userId: bob.userId, clientId: newUuid(at, systemRandom), at };
  // It slept after the entry and before the indexes.
  const entry = { sender: owner.userId, clientId: args.clientId, sentAt: at, kind: "system" as const };
  const bucket = dedupeBucket(chatId, args.clientId);
  await first.store.appendOnce({
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
  assert.equal(await isMember(cast, bob, chatId), false);
  await node.stop();
});

test("[S8] who is removed while they connect hears nothing that comes after, though no notice is left to tell them", async () => {
  const { node, owner, bob } = await enter();
  const { chatId } = (await owner.call("chat.createGroup", { name: "Leaving", members: [bob.userId] })).chat;
  await node.services.dispose();
  // The end of Bob's inbox is read when the removal is done.
  let removal = Promise.resolve();
  const inboxes = new Set([0, 1].map((i) => userInbox(bob.userId, monthOf(Date.now() - i * 31 * 24 * 3600_000))));
  const wrapStore = (kv: DomainNode["store"]): DomainNode["store"] =>
    new Proxy(kv, {
      get: (target, name) => {
        const value = Reflect.get(target, name);
        if (name !== "listLength") return typeof value === "function" ? value.bind(target) : value;
        return async (...args: unknown[]) => {
          if (inboxes.has(String(args[0]))) await removal;
          return value.apply(target, args);
        };
      },
    });
  const next = await startDomain({ location, inPlaceOf: first, wrapStore });
  const late = next.connect();
  let removed = () => {};
  removal = new Promise((resolve) => {
    removed = resolve;
  });
  await late.call("auth.resume", { token: tokens[1] ?? "" });
  // Nobody else of the group is here: the node learns of it by the store alone.
  await next.services.groups.remove(owner.userId, { chatId, userId: bob.userId });
  removed();
  await next.services.hub.ready(late);
  const again = next.connect();
  await again.call("auth.resume", { token: tokens[0] ?? "" });
  await next.services.hub.ready(again);
  const body = { text: "not for Bob" };
  const { seq } = await again.call("message.send", { chatId, clientId: uuidv7(), kind: "text", body });
  await again.event("message.new", (message) => message.chatId === chatId && message.seq === seq);
  assert.deepEqual(
    late.pushed("message.new").filter((message) => message.chatId === chatId),
    [],
  );
  await next.services.dispose();
});

/** Holds back the facts that somebody is gone, as if the node that has appended the entry were dead or slow. */
class GoneGate {
  #open = () => {};
  #reach = () => {};
  readonly reached = new Promise<void>((resolve) => {
    this.#reach = resolve;
  });
  readonly #opened = new Promise<void>((resolve) => {
    this.#open = resolve;
  });

  open(): void {
    this.#open();
  }

  wrap(kv: DomainNode["store"]): DomainNode["store"] {
    return new Proxy(kv, {
      get: (target, name) => {
        const value = Reflect.get(target, name);
        if (name !== "hashSetNx") return typeof value === "function" ? value.bind(target) : value;
        return async (key: string, field: string, text: string) => {
          if (/^[1-9]\d*:gone$/.test(text)) {
            this.#reach();
            await this.#opened;
          }
          return target.hashSetNx(key, field, text);
        };
      },
    });
  }
}

/** Another entry comes to the log, and this node hears of it. */
async function appended({ services }: DomainNode, chatId: string, sender: string): Promise<void> {
  const sentAt = Date.now();
  const text = entryText({ sender, clientId: uuidv7(), sentAt, kind: "text", body: { text: "not for who is gone" } });
  const seq = await first.store.listPush(chatLog(chatId), text);
  services.hub.message({ kind: "entry", chatId, seq, text });
}

const ENDS: readonly (readonly [string, (node: DomainNode, cast: Cast, chatId: string) => Promise<unknown>])[] = [
  [
    "is removed",
    ({ services }, { owner, bob }, chatId) => services.groups.remove(owner.userId, { chatId, userId: bob.userId }),
  ],
  ["leaves", ({ services }, { bob }, chatId) => services.groups.leave(bob.userId, chatId)],
  ["was in a group that is deleted", ({ services }, { owner }, chatId) => services.groups.delete(owner.userId, chatId)],
];
for (const [what, end] of ENDS) {
  test(`[S8] who ${what} is gone from the entry on that says so, whenever the facts do`, async () => {
    const cast = await enter();
    const { owner, bob } = cast;
    const { chatId } = (await owner.call("chat.createGroup", { name: "Window", members: [bob.userId] })).chat;
    const { pos } = await bob.call("sync.pull", {});
    await cast.node.services.dispose();
    const gate = new GoneGate();
    // Nobody has opened the room on this node.
    const next = await startDomain({ location, inPlaceOf: first, wrapStore: (kv) => gate.wrap(kv) });
    const ended = end(next, cast, chatId);
    await gate.reached;
    const late = next.connect();
    await late.call("auth.resume", { token: tokens[1] ?? "" });
    await next.services.hub.ready(late);
    await appended(next, chatId, owner.userId);
    assert.deepEqual(late.pushed("message.new"), []);
    await assert.rejects(late.call("message.history", { chatId, limit: 10 }), { name: "NOT_MEMBER" });
    const { chats } = await late.call("sync.pull", { pos });
    assert.deepEqual(
      chats.filter(({ chat }) => chat.chatId === chatId),
      [],
    );
    gate.open();
    await ended;
    await late.event("inbox.new", ({ notice }) => notice.kind === "left" && notice.chatId === chatId);
    const facts = [
      ...Object.values(await first.store.hashGetAll(chatMembers(chatId))),
      ...Object.values(await first.store.hashGetAll(userChats(bob.userId))),
    ];
    assert.deepEqual(
      facts.filter((fact) => fact.includes("leaving")),
      [],
      "no mark is left",
    );
    await next.services.dispose();
  });
}

test("[S8] who is removed while the rooms of their chats are opened gets no seat there", async () => {
  const cast = await enter();
  const { owner, bob } = cast;
  const { chatId } = (await owner.call("chat.createGroup", { name: "Opened", members: [bob.userId] })).chat;
  await cast.node.services.dispose();
  const gate = new GoneGate();
  let removing: Promise<unknown> | null = null;
  const wrapStore = (kv: DomainNode["store"]): DomainNode["store"] =>
    new Proxy(gate.wrap(kv), {
      get: (target, name) => {
        const value = Reflect.get(target, name);
        if (name !== "listLength") return value;
        return async (key: string) => {
          // After the chats were read, and before the log's length is.
          if (key === chatLog(chatId) && late.session !== null) {
            removing ??= next.services.groups.remove(owner.userId, { chatId, userId: bob.userId });
            await gate.reached;
          }
          return target.listLength(key);
        };
      },
    });
  const next = await startDomain({ location, inPlaceOf: first, wrapStore });
  const late = next.connect();
  await late.call("auth.resume", { token: tokens[1] ?? "" });
  await next.services.hub.ready(late);
  assert.notEqual(removing, null);
  await appended(next, chatId, owner.userId);
  assert.deepEqual(late.pushed("message.new"), []);
  gate.open();
  await removing;
  await next.services.dispose();
});

test("[S8] who was about to be removed is a member as long as nothing says that they were", async () => {
  const cast = await enter();
  const { node, owner, bob } = cast;
  const { chatId } = (await owner.call("chat.createGroup", { name: "Marked", members: [bob.userId] })).chat;
  await node.services.dispose();
  // The node died before the entry, and its intent is lost with a restored store: nobody will ever end the mark.
  const never = { chatId, actor: owner.userId, clientId: uuidv7() };
  await markLeaving(first.store, never, bob.userId);
  const next = await enter();
  assert.equal(await isMember(next, next.bob, chatId), true);
  await next.owner.call("message.send", { chatId, clientId: uuidv7(), kind: "text", body: { text: "still here?" } });
  await next.bob.event("message.new", (message) => message.chatId === chatId && message.seq === 2);
  assert.equal((await next.bob.call("message.history", { chatId, limit: 10 })).head, 2);
  const { chats } = await next.bob.call("sync.pull", {});
  assert.ok(chats.some(({ chat }) => chat.chatId === chatId));
  // A deed that is refused takes its own mark away, and leaves those of others.
  const at = Date.now();
  const args = { chatId, actor: bob.userId, userId: owner.userId, clientId: newUuid(at, systemRandom), at };
  await assert.rejects(next.node.services.groups.endDeed(args), { name: "FORBIDDEN" });
  const facts = Object.values(await first.store.hashGetAll(chatMembers(chatId)));
  assert.deepEqual(facts.filter((fact) => fact.includes("leaving")).length, 1);
  // Removed for good by another deed, they are gone and come back as anybody.
  await next.owner.call("member.remove", { chatId, userId: bob.userId });
  assert.equal(await isMember(next, next.bob, chatId), false);
  await next.owner.call("member.add", { chatId, userId: bob.userId });
  assert.equal(await isMember(next, next.bob, chatId), true);
  await next.node.stop();
});

test("[CHAT-1] a direct chat is opened for both or can be opened again, wherever the node dies", async () => {
  const device = { name: "test" };
  let pair = 0;
  let handles: string[] = [];
  await dieAtEveryWrite(
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
      assert.deepEqual([await chatIds(one), await chatIds(other)], [[chat.chatId], [chat.chatId]]);
      const body = { text: "first" };
      const sent = await one.call("message.send", { chatId: chat.chatId, clientId: uuidv7(), kind: "text", body });
      assert.equal(sent.seq, 1);
    },
  );
});

test("[MSG-10] a stored message tells whom it mentions, wherever the node dies", async () => {
  let chatId = "";
  let clientId = "";
  await dieAtEveryWrite(
    async ({ owner, bob }) => {
      chatId = (await owner.call("chat.createGroup", { name: "Hey", members: [bob.userId] })).chat.chatId;
      clientId = uuidv7();
      const body = { text: "hey", mentions: [bob.userId] };
      return () => owner.call("message.send", { chatId, clientId, kind: "text", body });
    },
    async ({ bob }, told) => {
      const stored = (await log(chatId)).length === 2;
      assert.ok(stored || !told);
      const { notices } = await bob.call("sync.pull", { pos: beginning() });
      const mentions = notices.filter((notice) => notice.kind === "mention" && notice.chatId === chatId);
      assert.equal(mentions.length > 0, stored);
    },
  );
});

test("[MSG-10] a stored message that mentions everybody tells everybody, wherever the node dies", async () => {
  let chatId = "";
  await dieAtEveryWrite(
    async ({ owner, bob, carol }) => {
      const members = [bob.userId, carol.userId];
      chatId = (await owner.call("chat.createGroup", { name: "All", members })).chat.chatId;
      const body = { text: "all", mentionAll: true as const };
      return () => owner.call("message.send", { chatId, clientId: uuidv7(), kind: "text", body });
    },
    async ({ bob, carol }, told) => {
      const stored = (await log(chatId)).length === 2;
      assert.ok(stored || !told);
      for (const peer of [bob, carol]) assert.equal((await noticesOf(peer, chatId, "mention")) > 0, stored);
    },
  );
});

test("[MSG-8] a retract leaves nothing and reaches everybody, or has not begun, wherever the node dies", async () => {
  const canary = `canary${uuidv7().replaceAll("-", "")}`;
  let chatId = "";
  await dieAtEveryWrite(
    async ({ owner, bob, carol }) => {
      const members = [bob.userId, carol.userId];
      chatId = (await owner.call("chat.createGroup", { name: "Oops", members })).chat.chatId;
      await bob.call("message.send", { chatId, clientId: uuidv7(), kind: "text", body: { text: canary } });
      await bob.call("message.edit", { chatId, seq: 2, body: { text: `${canary}, again` } });
      await bob.call("message.edit", { chatId, seq: 2, body: { text: `${canary}, once more` } });
      await owner.call("message.react", { chatId, seq: 2, emoji: "👍", on: true });
      return () => bob.call("message.retract", { chatId, seq: 2 });
    },
    async ({ node, owner, bob, carol }, told) => {
      const [entry = ""] = await node.store.listRange(chatLog(chatId), 1, 1);
      const gone = readHead(entry)?.kind === "retracted";
      assert.ok(gone || !told);
      const overlay = await node.store.hashGetAll(chatOverlay(chatId));
      assert.equal(entry.includes(canary), !gone);
      assert.equal(JSON.stringify(overlay).includes(canary), !gone);
      assert.equal(Object.keys(await node.store.hashGetAll(chatReactions(chatId, 2))).length === 0, gone);
      for (const peer of [owner, bob, carol]) assert.equal((await noticesOf(peer, chatId, "retract")) > 0, gone);
    },
  );
});

test("[MSG-8] [S9] a retract that goes on behind a lost tail of the store spares the message that has its place", async () => {
  const { node, owner, bob } = await enter();
  const { chatId } = (await owner.call("chat.createGroup", { name: "Tail", members: [bob.userId] })).chat;
  const { seq } = await bob.call("message.send", { chatId, clientId: uuidv7(), kind: "text", body: { text: "stays" } });
  const args = { chatId, seq, clientId: uuidv7(), by: bob.userId, at: Date.now() };
  const intent = { kind: "retract", args, startedAt: Date.now() };
  await first.store.hashSet(intentsOf(chatId), "retract", JSON.stringify(intent));
  await (await enter()).node.stop();
  assert.deepEqual(await unfinished(), []);
  assert.ok((await log(chatId))[seq - 1]?.includes("stays"));
  assert.equal(await noticesOf(bob, chatId, "retract"), 0);
  assert.equal(await readRetract(first.store, chatId, seq), null);
  await node.stop();
});

test("[MSG-9] an edit that was answered reaches everybody and whom it mentions, wherever the node dies", async () => {
  let chatId = "";
  await dieAtEveryWrite(
    async ({ owner, bob, carol }) => {
      const members = [bob.userId, carol.userId];
      chatId = (await owner.call("chat.createGroup", { name: "Better", members })).chat.chatId;
      await bob.call("message.send", { chatId, clientId: uuidv7(), kind: "text", body: { text: "so" } });
      const body = { text: "so then", mentions: [carol.userId] };
      return () => bob.call("message.edit", { chatId, seq: 2, body });
    },
    async ({ owner, bob, carol }, told) => {
      const { messages } = await owner.call("message.get", { chatId, seqs: [2] });
      const [message] = messages;
      const edited = message?.kind === "text" && message.body.text === "so then";
      assert.ok(edited || !told);
      for (const peer of [owner, bob, carol]) assert.equal((await noticesOf(peer, chatId, "edit")) > 0, edited);
      assert.equal((await noticesOf(carol, chatId, "mention")) > 0, edited);
    },
  );
});

test("[MSG-9] a message is pinned in the log and in its index, or in neither, wherever the node dies", async () => {
  let chatId = "";
  await dieAtEveryWrite(
    async ({ owner, bob }) => {
      chatId = (await owner.call("chat.createGroup", { name: "Board", members: [bob.userId] })).chat.chatId;
      await bob.call("message.send", { chatId, clientId: uuidv7(), kind: "text", body: { text: "so" } });
      return () => owner.call("message.pin", { chatId, seq: 2, on: true });
    },
    async ({ bob }, told) => {
      const entries = (await log(chatId)).slice(2);
      const { pins } = await bob.call("message.pins", { chatId });
      assert.ok(entries.length === 1 || (entries.length === 0 && !told));
      assert.deepEqual(
        pins.map(({ seq }) => seq),
        entries.map(() => 2),
      );
    },
  );
});

test("[MSG-8] [MSG-9] an edit that is written while its message is retracted leaves nothing", async () => {
  const dying = new DyingStore();
  const { node, owner, bob } = await enter(dying);
  const canary = `canary${uuidv7().replaceAll("-", "")}`;
  const { chatId } = (await owner.call("chat.createGroup", { name: "Race", members: [bob.userId] })).chat;
  const send = () => bob.call("message.send", { chatId, clientId: uuidv7(), kind: "text", body: { text: canary } });
  for (let round = 0; round < 30; round += 1) {
    const { seq } = await send();
    await Promise.allSettled([
      bob.call("message.edit", { chatId, seq, body: { text: `${canary} ${round}` } }),
      ...(round % 2 === 0 ? [] : [bob.call("message.edit", { chatId, seq, body: { text: `${canary} other` } })]),
      owner.call("message.retract", { chatId, seq }),
    ]);
    assert.equal(readHead((await log(chatId))[seq - 1] ?? "")?.kind, "retracted");
    assert.ok(!JSON.stringify(await node.store.hashGetAll(chatOverlay(chatId))).includes(canary));
  }
  await node.services.dispose();
});

test("[ACC-6] a revocation is finished by whoever starts next", async () => {
  await dieAtEveryWrite(
    async ({ node, carol }) => {
      const phone = node.connect();
      await phone.signInAs("carol");
      return () => carol.call("account.revokeDevice", { deviceId: phone.session?.deviceId ?? "" });
    },
    async ({ carol }, told) => {
      const { devices } = await carol.call("account.devices", {});
      if (told) assert.equal(devices.length, 1);
      await carol.call("account.revokeOthers", {});
    },
  );
});

test("[ACC-7] who signs out while the store fails and hangs up is not taken for connected again", async () => {
  const dying = new DyingStore();
  const { node, carol } = await enter(dying);
  dying.dieAfter(0);
  const signOut = carol.call("auth.signOut", {});
  carol.hangUp();
  await assert.rejects(signOut);
  assert.equal(await carol.closed, "normal");
  await node.services.dispose().catch(() => {});
  await (await enter()).node.stop();
});

test("a deed that is repeated late undoes nothing of what was done since", async () => {
  const cast = await enter();
  const { node, owner, bob } = cast;
  const { chatId } = (await owner.call("chat.createGroup", { name: "Late", members: [] })).chat;
  const at = Date.now();
  const args = { chatId, actor: owner.userId, userId: bob.userId, clientId: newUuid(at, systemRandom), at };
  const seq = await node.services.groups.addDeed(args);
  await owner.call("member.remove", { chatId, userId: bob.userId });
  assert.equal(await node.services.groups.addDeed(args), seq);
  assert.equal(await isMember(cast, bob, chatId), false);
  const removal = { ...args, clientId: newUuid(at, systemRandom) };
  await owner.call("member.add", { chatId, userId: bob.userId });
  const gone = await node.services.groups.endDeed(removal);
  const { seq: back } = await owner.call("member.add", { chatId, userId: bob.userId });
  assert.equal(await node.services.groups.endDeed(removal), gone);
  assert.equal(await isMember(cast, bob, chatId), true);
  assert.equal((await bob.call("chat.get", { chatId })).chat.joinedSeq, back);
  assert.equal((await log(chatId)).length, back);
  await node.stop();
});

test("[MSG-11] a copy that was seen before it was made void is taken back from everybody, wherever the node dies", async () => {
  const chats: { chatId: string; copy: number }[] = [];
  await dieAtEveryWrite(
    async ({ node, owner, bob }) => {
      const { chatId } = (await owner.call("chat.createGroup", { name: "Seen", members: [bob.userId] })).chat;
      const clientId = uuidv7();
      const { seq } = await owner.call("message.send", { chatId, clientId, kind: "text", body: { text: "once" } });
      const copy = await first.store.listPush(chatLog(chatId), (await log(chatId))[seq - 1] ?? "");
      chats.push({ chatId, copy });
      const args = { log: chatLog(chatId), id: dedupeId(owner.userId, clientId), lo: 0 };
      const intent = { kind: "copy", args, startedAt: Date.now() - COPY_INTENT_MS };
      await first.store.hashSet(intentsOf(args.log), "copy", JSON.stringify(intent));
      return () => voidCopies(node.services.deps.store, systemClock, args);
    },
    async ({ owner, bob }) => {
      const { chatId, copy } = chats.at(-1) ?? { chatId: "", copy: 0 };
      // The first look for unfinished deeds makes the copy void, a later one tells of it.
      await (await enter()).node.stop();
      assert.deepEqual((await log(chatId)).slice(copy - 1), [VOID_ENTRY]);
      for (const peer of [owner, bob]) {
        const { notices } = await peer.call("sync.pull", { pos: beginning() });
        const hidden = notices.filter((notice) => notice.kind === "hide" && notice.chatId === chatId);
        assert.ok(hidden.length > 0);
        for (const notice of hidden) assert.deepEqual(notice, { kind: "hide", chatId, seqs: [copy] });
      }
    },
  );
});

test("a place of a copy that another message has taken in a later life of the store is left alone", async () => {
  const { node, owner } = await enter();
  const { chatId } = (await owner.call("chat.createGroup", { name: "Taken", members: [] })).chat;
  const clientId = uuidv7();
  const { seq } = await owner.call("message.send", { chatId, clientId, kind: "text", body: { text: "another" } });
  for (const id of [dedupeId(owner.userId, clientId), dedupeId(owner.userId, uuidv7())]) {
    const intent = { kind: "voided", args: { log: chatLog(chatId), id, lo: 0, seq }, startedAt: Date.now() - 60_000 };
    await first.store.hashSet(intentShard(0), "voided", JSON.stringify(intent));
    await node.services.dispose();
    await (await enter()).node.stop();
    assert.equal(readHead((await log(chatId))[seq - 1] ?? "")?.kind, "text");
    assert.deepEqual(await told(owner, "hide", chatId), []);
  }
  assert.deepEqual(await unfinished(), []);
});

test("a copy that arrives after its intent was first looked at is made void all the same", async () => {
  const { node, owner } = await enter();
  const { chatId } = (await owner.call("chat.createGroup", { name: "Twice", members: [] })).chat;
  const clientId = uuidv7();
  const { seq } = await owner.call("message.send", { chatId, clientId, kind: "text", body: { text: "once" } });
  const args = { log: chatLog(chatId), id: dedupeId(owner.userId, clientId), lo: 0 };
  const write = (startedAt: number) =>
    first.store.hashSet(intentShard(0), "copy", JSON.stringify({ kind: "copy", args, startedAt }));
  // Others may be there: an edit whose message was retracted under it is taken up only after a while.
  const isKept = async () => (await first.store.hashGet(intentShard(0), "copy")) !== null;
  const restart = async () => (await enter()).node.services.dispose();
  await node.services.dispose();

  await write(Date.now());
  await restart();
  await first.store.listPush(chatLog(chatId), (await log(chatId))[seq - 1] ?? "");
  await restart();
  assert.deepEqual((await log(chatId)).slice(seq), [VOID_ENTRY]);
  assert.equal(await isKept(), true);
  await write(Date.now() - COPY_INTENT_MS);
  await restart();
  assert.equal(await isKept(), false);
});

/** What a notice of this kind tells somebody about a chat, the latest last. */
async function told(peer: DomainPeer, kind: "joinRequest" | "invitation" | "joined" | "hide", chatId: string) {
  const { notices } = await peer.call("sync.pull", { pos: beginning() });
  return notices.filter((notice) => notice.kind === kind && notice.chatId === chatId);
}

/** A group with this policy, whose turn is free: that of a node that died ends by itself. */
async function openGroup({ owner }: Cast, join: "link" | "request"): Promise<string> {
  const { chatId } = (await owner.call("chat.createGroup", { name: "Door", members: [] })).chat;
  await owner.call("chat.update", { chatId, join });
  return chatId;
}

test("[CHAT-4] who comes by a link comes once and wholly, and it lets in no more than it may, wherever the node dies", async () => {
  let chatId = "";
  let code = "";
  await dieAtEveryWrite(
    async (cast) => {
      chatId = await openGroup(cast, "link");
      ({ code } = (await cast.owner.call("chat.createLink", { chatId, uses: 2 })).link);
      return () => cast.bob.call("chat.join", { code });
    },
    async (cast, answered) => {
      const { bob, carol } = cast;
      const joined = await isMember(cast, bob, chatId);
      assert.ok(joined || !answered);
      assert.equal((await told(bob, "joined", chatId)).length > 0, joined);
      await first.store.delete(chatTurn(chatId));
      await bob.call("chat.join", { code });
      assert.ok(await isMember(cast, bob, chatId));
      // A use may be lost with the node that was about to give it out.
      const last = await carol.call("chat.join", { code }).catch((error: Error) => error.name);
      assert.ok(last === "LINK_INVALID" || typeof last === "object");
      assert.equal((await membersOf(first.store, chatId)).length, typeof last === "object" ? 3 : 2);
      const links = (await log(chatId)).filter((text) => text.includes('"how":"link"'));
      assert.equal(links.length, typeof last === "object" ? 2 : 1);
      assert.deepEqual((await cast.owner.call("chat.links", { chatId })).links, []);
    },
  );
});

test("[CHAT-4] who asks is told to admins, and who is approved is in and asks no more, wherever the node dies", async () => {
  let chatId = "";
  await dieAtEveryWrite(
    async (cast) => {
      chatId = await openGroup(cast, "request");
      return () => cast.bob.call("chat.join", { chatId });
    },
    async ({ owner }, answered) => {
      const { requests } = await owner.call("chat.joinRequests", { chatId });
      assert.ok(requests.length === 1 || !answered);
      const notice = (await told(owner, "joinRequest", chatId)).at(-1);
      assert.equal(notice?.kind === "joinRequest" && notice.open, requests.length === 1);
    },
  );
  await dieAtEveryWrite(
    async (cast) => {
      chatId = await openGroup(cast, "request");
      await cast.bob.call("chat.join", { chatId });
      const params = { chatId, userId: cast.bob.userId, accept: true };
      return () => cast.owner.call("chat.answerJoin", params);
    },
    async (cast, answered) => {
      const { owner, bob } = cast;
      const joined = await isMember(cast, bob, chatId);
      assert.ok(joined || !answered);
      assert.equal((await owner.call("chat.joinRequests", { chatId })).requests.length, joined ? 0 : 1);
      assert.equal((await told(bob, "joined", chatId)).length > 0, joined);
      const notice = (await told(owner, "joinRequest", chatId)).at(-1);
      assert.equal(notice?.kind === "joinRequest" && notice.open, !joined);
    },
  );
});

test("[CHAT-4] who is invited is told, and who accepts is in and invited no more, wherever the node dies", async () => {
  let chatId = "";
  await dieAtEveryWrite(
    async (cast) => {
      chatId = await openGroup(cast, "link");
      return () => cast.owner.call("member.invite", { chatId, userId: cast.bob.userId });
    },
    async ({ bob }, answered) => {
      const invited = (await bob.call("chat.invitations", {})).invitations.some((one) => one.preview.chatId === chatId);
      assert.ok(invited || !answered);
      const notice = (await told(bob, "invitation", chatId)).at(-1);
      assert.equal(notice?.kind === "invitation" && notice.open, invited);
    },
  );
  await dieAtEveryWrite(
    async (cast) => {
      chatId = await openGroup(cast, "link");
      await cast.owner.call("member.invite", { chatId, userId: cast.bob.userId });
      return () => cast.bob.call("chat.answerInvitation", { chatId, accept: true });
    },
    async (cast, answered) => {
      const joined = await isMember(cast, cast.bob, chatId);
      assert.ok(joined || !answered);
      const { invitations } = await cast.bob.call("chat.invitations", {});
      assert.equal(
        invitations.some((one) => one.preview.chatId === chatId),
        !joined,
      );
    },
  );
});

/** How many notices of this kind about the chat somebody has. */
async function noticesOf(peer: DomainPeer, chatId: string, kind: string): Promise<number> {
  const { notices } = await peer.call("sync.pull", { pos: beginning() });
  return notices.filter((notice) => notice.kind === kind && "chatId" in notice && notice.chatId === chatId).length;
}

/** The cursor of somebody who has seen nothing this month. */
function beginning(): string {
  return `${new Date().toISOString().slice(0, 7).replace("-", "")}.0.0`;
}
