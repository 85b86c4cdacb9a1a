import assert from "node:assert/strict";
import { test } from "node:test";
import { newId } from "../src/domain/ids.ts";
import { acquaintances } from "../src/domain/people/acquaintances.ts";
import { systemRandom } from "../src/platform.ts";
import type { DomainPeer } from "./_util/domain-peer.ts";
import { onEachStore } from "./_util/domain-stores.ts";

onEachStore((store) => {
  const byPrefix = async (peer: DomainPeer, prefix: string) =>
    (await peer.call("user.find", { prefix })).users.map(({ handle }) => handle).sort();

  test("[DIR-1] people are found by their exact handle and by its beginning", async () => {
    const node = await store.node();
    const handles = ["carla", "carl", "carlos.v", "carlosalberto1", "carlosalberto2", "карлос", "かりん"];
    for (const handle of handles) await node.connect().register(handle);
    const peer = node.connect();
    await peer.signInAs("carla");
    assert.deepEqual(await byPrefix(peer, "carl"), ["carl", "carla", "carlos.v", "carlosalberto1", "carlosalberto2"]);
    assert.deepEqual(await byPrefix(peer, "CARLOS"), ["carlos.v", "carlosalberto1", "carlosalberto2"]);
    assert.deepEqual(await byPrefix(peer, "carlosalberto2"), ["carlosalberto2"]);
    assert.deepEqual(await byPrefix(peer, "carlz"), []);
    assert.deepEqual(await byPrefix(peer, "Ка"), ["карлос"]);
    assert.deepEqual(await byPrefix(peer, "かり"), ["かりん"]);
    const [card] = (await peer.call("user.find", { handle: "CARL" })).users;
    assert.deepEqual(card && [card.handle, card.displayName, card.avatar], ["carl", "carl", null]);
    assert.deepEqual((await peer.call("user.find", { handle: "carlo" })).users, []);
    const { users } = await peer.call("user.get", { userIds: [card?.userId ?? "", "a".repeat(26)] });
    assert.deepEqual(users, [card]);
  });

  test("[DIR-2] bob, bob#123 and bob#1234 coexist", async () => {
    const node = await store.node();
    const peers = [];
    for (const handle of ["bob", "bob#123", "bob#1234"]) peers.push(await node.connect().register(handle));
    assert.equal(new Set(peers.map(({ userId }) => userId)).size, 3);
    const [bob] = peers;
    assert.deepEqual(bob && (await byPrefix(bob, "bob")), ["bob", "bob#123", "bob#1234"]);
    const again = node.connect();
    await again.signInAs("BOB#123");
    assert.equal(again.userId, peers[1]?.userId);
  });

  test("[DIR-4] presence is one entry a user, on every node, for people who share a chat", async () => {
    const [here, there] = await Promise.all([store.node(), store.node()]);
    const alice = await here.connect().register("dir4.alice");
    const bob = await there.connect().register("dir4.bob");
    const stranger = await there.connect().register("dir4.stranger");
    await alice.call("chat.createGroup", { name: "both", members: [bob.userId] });
    const watched = await alice.call("user.watch", { userIds: [bob.userId, stranger.userId, "a".repeat(26)] });
    assert.deepEqual(
      watched.presence.map(({ state }) => state),
      ["online", "offline", "offline"],
    );
    const phone = here.connect();
    await phone.signInAs("dir4.bob");
    bob.hangUp();
    stranger.hangUp();
    phone.hangUp();
    const gone = await alice.event("presence.changed", ({ state }) => state === "offline");
    assert.equal(gone.userId, bob.userId);
    assert.ok(gone.lastSeenAt !== undefined && Math.abs(gone.lastSeenAt - store.clock.now()) < 10_000);
    await there.connect().signInAs("dir4.bob");
    await alice.event("presence.changed", ({ state }) => state === "online");
    assert.deepEqual(
      alice.pushed("presence.changed").map(({ state }) => state),
      ["offline", "online"],
    );
    assert.deepEqual(new Set(alice.pushed("presence.changed").map(({ userId }) => userId)), new Set([bob.userId]));
  });

  test("[DIR-4] nobody is told of people whom they watch no more", async () => {
    const node = await store.node();
    const alice = await node.connect().register("dir4c.alice");
    const bob = await node.connect().register("dir4c.bob");
    const carol = await node.connect().register("dir4c.carol");
    for (const { userId } of [bob, carol]) await alice.call("chat.openDirect", { userId });
    await alice.call("user.watch", { userIds: [bob.userId] });
    await alice.call("user.watch", { userIds: [carol.userId] });
    bob.hangUp();
    carol.hangUp();
    await alice.event("presence.changed", ({ userId }) => userId === carol.userId);
    assert.equal(alice.pushed("presence.changed").length, 1);
  });

  test("[DIR-4] who hangs up while asking whom to follow leaves nothing behind", async () => {
    const node = await store.node();
    const alice = await node.connect().register("dir4e.alice");
    const bob = await node.connect().register("dir4e.bob");
    await alice.call("chat.openDirect", { userId: bob.userId });
    const asked = alice.call("user.watch", { userIds: [bob.userId] });
    alice.hangUp();
    assert.deepEqual(await asked, { presence: [{ userId: bob.userId, state: "offline" }] });
    assert.equal(node.services.hub.presence.isWatched(bob.userId), false);
  });

  test("[NET-7] to look for hundreds of strangers in hundreds of groups costs a bounded number of reads", async () => {
    const node = await store.node();
    const alice = await node.connect().register("net7.alice");
    const bob = await node.connect().register("net7.bob");
    await alice.call("chat.createGroup", { name: "shared", members: [bob.userId] });
    assert.deepEqual(await acquaintances(node.store, alice.userId, [bob.userId]), new Set([bob.userId]));
    await Promise.all(Array.from({ length: 40 }, () => alice.call("chat.createGroup", { name: "own", members: [] })));
    const strangers = Array.from({ length: 500 }, () => newId(systemRandom));
    let reads = 0;
    const counting = new Proxy(node.store, {
      get(target, name) {
        if (name === "hashGetMany") reads += 1;
        const value = Reflect.get(target, name);
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
    assert.deepEqual(await acquaintances(counting, alice.userId, strangers), new Set());
    assert.ok(reads > 0 && reads <= 5_000, `${reads} reads`);
  });

  test("[DIR-4] who shares the last chat no longer is not followed any more, both ways", async () => {
    const node = await store.node();
    const alice = await node.connect().register("dir4d.alice");
    const bob = await node.connect().register("dir4d.bob");
    const { chat } = await alice.call("chat.createGroup", { name: "brief", members: [bob.userId] });
    await alice.call("user.watch", { userIds: [bob.userId] });
    await bob.call("user.watch", { userIds: [alice.userId] });
    await alice.call("member.remove", { chatId: chat.chatId, userId: bob.userId });
    await bob.event("inbox.new", ({ notice }) => notice.kind === "left");
    await store.forward(1000);
    for (const [peer, other] of [
      [alice, bob],
      [bob, alice],
    ] as const) {
      const told = await peer.event("presence.changed");
      assert.deepEqual(told, { userId: other.userId, state: "offline" });
    }
    const carol = await node.connect().register("dir4d.carol");
    for (const peer of [alice, bob]) await peer.call("chat.openDirect", { userId: carol.userId });
    await carol.call("user.watch", { userIds: [alice.userId, bob.userId] });
    bob.hangUp();
    await carol.event("presence.changed", ({ userId }) => userId === bob.userId);
    alice.hangUp();
    await carol.event("presence.changed", ({ userId }) => userId === alice.userId);
    assert.deepEqual([alice.pushed("presence.changed").length, bob.pushed("presence.changed").length], [1, 1]);
  });

  if (store.kind === "redis") {
    test("[DIR-4] who was connected to a node that died is offline", async () => {
      const [here, there] = await Promise.all([store.node(), store.node()]);
      const alice = await here.connect().register("dir4b.alice");
      const bob = await there.connect().register("dir4b.bob");
      await alice.call("chat.openDirect", { userId: bob.userId });
      await alice.call("user.watch", { userIds: [bob.userId] });
      // Dead without a goodbye: its entry stays and its heartbeat stops.
      await there.stop();
      await here.store.hashSet("nodes", there.nodeId, `1 ${store.clock.now()}`);
      await here.store.hashSet(`on:{${bob.userId}}`, `${bob.session?.deviceId}@${there.nodeId}`, "1");
      await here.services.hub.nodes.isAlive(there.nodeId);
      await store.forward(16_000);
      await alice.event("presence.changed", ({ state }) => state === "offline");
    });
  }
});
