import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { newUuid } from "../src/domain/ids.ts";
import { systemRandom } from "../src/platform.ts";
import { entryText } from "../src/records/entry.ts";
import { monthOf } from "../src/records/inbox.ts";
import { markLeaving } from "../src/records/leaving.ts";
import { chatLog, chatMembers, userChats, userInbox } from "../src/store/keys.ts";
import { uuidv7 } from "./_util/client-ids.ts";
import { type DomainNode, startDomain } from "./_util/domain-node.ts";
import { type Cast, DyingDeeds } from "./_util/dying-deeds.ts";
import { removeTemporaryFolders } from "./_util/folder.ts";

let deeds: DyingDeeds;
before(async () => {
  deeds = await DyingDeeds.start();
});
afterEach(() => deeds.end());
after(async () => {
  await deeds.stop();
  await removeTemporaryFolders();
});

test("[S8] who is removed while they connect hears nothing that comes after, though no notice is left to tell them", async () => {
  const { node, owner, bob } = await deeds.enter();
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
  const next = await startDomain({ location: deeds.location, inPlaceOf: deeds.first, wrapStore });
  const late = next.connect();
  let removed = () => {};
  removal = new Promise((resolve) => {
    removed = resolve;
  });
  await late.call("auth.resume", { token: deeds.tokens[1] ?? "" });
  // Nobody else of the group is here: the node learns of it by the store alone.
  await next.services.groups.remove(owner.userId, { chatId, userId: bob.userId });
  removed();
  await next.services.hub.ready(late);
  const again = next.connect();
  await again.call("auth.resume", { token: deeds.tokens[0] ?? "" });
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
  const seq = await deeds.first.store.listPush(chatLog(chatId), text);
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
    const cast = await deeds.enter();
    const { owner, bob } = cast;
    const { chatId } = (await owner.call("chat.createGroup", { name: "Window", members: [bob.userId] })).chat;
    const { pos } = await bob.call("sync.pull", {});
    await cast.node.services.dispose();
    const gate = new GoneGate();
    // Nobody has opened the room on this node.
    const next = await startDomain({
      location: deeds.location,
      inPlaceOf: deeds.first,
      wrapStore: (kv) => gate.wrap(kv),
    });
    const ended = end(next, cast, chatId);
    await gate.reached;
    const late = next.connect();
    await late.call("auth.resume", { token: deeds.tokens[1] ?? "" });
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
      ...Object.values(await deeds.first.store.hashGetAll(chatMembers(chatId))),
      ...Object.values(await deeds.first.store.hashGetAll(userChats(bob.userId))),
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
  const cast = await deeds.enter();
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
  const next = await startDomain({ location: deeds.location, inPlaceOf: deeds.first, wrapStore });
  const late = next.connect();
  await late.call("auth.resume", { token: deeds.tokens[1] ?? "" });
  await next.services.hub.ready(late);
  assert.notEqual(removing, null);
  await appended(next, chatId, owner.userId);
  assert.deepEqual(late.pushed("message.new"), []);
  gate.open();
  await removing;
  await next.services.dispose();
});

test("[S8] who was about to be removed is a member as long as nothing says that they were", async () => {
  const cast = await deeds.enter();
  const { node, owner, bob } = cast;
  const { chatId } = (await owner.call("chat.createGroup", { name: "Marked", members: [bob.userId] })).chat;
  await node.services.dispose();
  // The node died before the entry, and its intent is lost with a restored store: nobody will ever end the mark.
  const never = { chatId, actor: owner.userId, clientId: uuidv7() };
  await markLeaving(deeds.first.store, never, bob.userId);
  const next = await deeds.enter();
  assert.equal(await deeds.isMember(next, next.bob, chatId), true);
  await next.owner.call("message.send", { chatId, clientId: uuidv7(), kind: "text", body: { text: "still here?" } });
  await next.bob.event("message.new", (message) => message.chatId === chatId && message.seq === 2);
  assert.equal((await next.bob.call("message.history", { chatId, limit: 10 })).head, 2);
  const { chats } = await next.bob.call("sync.pull", {});
  assert.ok(chats.some(({ chat }) => chat.chatId === chatId));
  // A deed that is refused takes its own mark away, and leaves those of others.
  const at = Date.now();
  const args = { chatId, actor: bob.userId, userId: owner.userId, clientId: newUuid(at, systemRandom), at };
  await assert.rejects(next.node.services.groups.endDeed(args), { name: "FORBIDDEN" });
  const facts = Object.values(await deeds.first.store.hashGetAll(chatMembers(chatId)));
  assert.deepEqual(facts.filter((fact) => fact.includes("leaving")).length, 1);
  // Removed for good by another deed, they are gone and come back as anybody.
  await next.owner.call("member.remove", { chatId, userId: bob.userId });
  assert.equal(await deeds.isMember(next, next.bob, chatId), false);
  await next.owner.call("member.add", { chatId, userId: bob.userId });
  assert.equal(await deeds.isMember(next, next.bob, chatId), true);
  await next.node.stop();
});
