import assert from "node:assert/strict";
import { after, test } from "node:test";
import { handleKey, userKey } from "../src/store/keys.ts";
import { startDomain } from "./_util/domain-node.ts";
import { onEachStore } from "./_util/domain-stores.ts";
import { DyingStore } from "./_util/dying-store.ts";
import { removeTemporaryFolders, temporaryFolder } from "./_util/folder.ts";
import { MovingClock } from "./_util/moving-clock.ts";
import { passTime } from "./_util/passing-time.ts";
import { refused } from "./_util/refusal.ts";

const PASSWORD = "k7-quiet-harbour";
const device = { name: "test" };

after(removeTemporaryFolders);

test("[ACC-9] a node that dies between any two steps of a change leaves one handle, and the other one free", async () => {
  const dying = new DyingStore();
  const clock = new MovingClock();
  const location = await temporaryFolder();
  const first = await startDomain({ location, clock, wrapStore: (kv) => dying.wrap(kv) });
  let outlived = false;
  for (let writes = 1; !outlived; writes += 1) {
    const [from, to] = [`old${writes}`, `new${writes}`];
    const peer = await first.connect().register(from);
    const { userId } = peer;
    const names = { userId, kind: "handle", from, to } as const;
    dying.dieAfter(writes);
    await first.services.renaming.begin(names).catch(() => {});
    outlived = !dying.isDead;
    dying.dieAfter(Number.POSITIVE_INFINITY);

    // Whatever the dead node held for a moment is free again.
    await passTime(clock, [first], 31_000);
    const second = await startDomain({ location, clock, inPlaceOf: first });
    const handle = (await second.store.hashGet(userKey(userId), "handle")) ?? "";
    const other = handle === to ? from : to;
    assert.equal(await second.store.get(handleKey(handle)), userId, `after ${writes} writes`);
    const again = second.connect();
    await again.signInAs(handle);
    const heir = await second.connect().register(other);
    assert.notEqual(heir.userId, userId);
    for (const prefix of [from, to]) {
      const { users } = await again.call("user.find", { prefix });
      assert.equal(users.filter((user) => user.handle === prefix).length, 1, `${prefix} after ${writes} writes`);
    }
    await second.stop();
  }
  await first.stop();
});

onEachStore((store) => {
  const handlesOf = (users: readonly { readonly handle: string }[]) => users.map(({ handle }) => handle);

  test("[DIR-2] a name with and without tags is several handles; each is found and signs in", async () => {
    const node = await store.node();
    const wanted = ["bob", "bob#123", "bob#1234", "bob#123456", "Bob#0001"];
    const ids = new Map<string, string>();
    for (const handle of wanted) ids.set(handle, (await node.connect().register(handle)).userId);
    assert.equal(new Set(ids.values()).size, wanted.length);
    for (const taken of ["BOB", "bob#0001", "ｂｏｂ＃１２３"]) {
      await refused(node.connect().register(taken), "HANDLE_TAKEN");
    }
    for (const bad of ["bob#12", "bob#1234567", "bob#", "bob##123", "bob#12a4", "#123", "bob#123#456", "bob #123"]) {
      await refused(node.connect().register(bad), "HANDLE_INVALID");
    }
    const looker = await node.connect().register("looker");
    const found = await looker.call("user.find", { prefix: "bob" });
    assert.deepEqual(handlesOf(found.users).sort(), ["bob", "bob#0001", "bob#123", "bob#1234", "bob#123456"]);
    const tagged = await looker.call("user.find", { prefix: "bob#12" });
    assert.deepEqual(handlesOf(tagged.users).sort(), ["bob#123", "bob#1234", "bob#123456"]);
    for (const handle of wanted) {
      const { users } = await looker.call("user.find", { handle });
      assert.deepEqual(
        users.map(({ userId }) => userId),
        [ids.get(handle)],
      );
      const peer = node.connect();
      await peer.signInAs(handle);
      assert.equal(peer.userId, ids.get(handle));
    }
  });

  test("[ACC-9] another handle needs the password; the old one is free at once, and both are found as they are", async () => {
    const node = await store.node();
    const peer = await node.connect().register("carla");
    const other = await node.connect().register("carlo");
    await refused(peer.call("account.changeHandle", { password: "wrong one", handle: "karla" }), "CREDENTIALS_INVALID");
    await refused(peer.call("account.changeHandle", { password: PASSWORD, handle: "carlo" }), "HANDLE_TAKEN");
    await refused(peer.call("account.changeHandle", { password: PASSWORD, handle: "c" }), "HANDLE_INVALID");
    const changed = await peer.call("account.changeHandle", { password: PASSWORD, handle: "Karla#777" });
    assert.equal(changed.handle, "karla#777");
    assert.equal((await peer.call("account.get", {})).handle, "karla#777");
    await refused(node.connect().signInAs("carla"), "CREDENTIALS_INVALID");
    const again = node.connect();
    await again.signInAs("karla#777");
    assert.equal(again.userId, peer.userId);
    assert.deepEqual(handlesOf((await other.call("user.find", { prefix: "carl" })).users), ["carlo"]);
    assert.deepEqual(handlesOf((await other.call("user.find", { prefix: "karl" })).users), ["karla#777"]);
    const heir = await node.connect().register("carla");
    assert.notEqual(heir.userId, peer.userId);
    assert.deepEqual(handlesOf((await other.call("user.find", { prefix: "carl" })).users).sort(), ["carla", "carlo"]);
    await peer.event("inbox.new", ({ notice }) => notice.kind === "account");
  });

  test("[ACC-9] of those who rename to one handle and those who register it exactly one gets it", async () => {
    const nodes = await Promise.all([store.node(), store.node()]);
    const at = (n: number) => (n % 2 === 0 ? nodes[0] : nodes[1]);
    const renaming = await Promise.all(Array.from({ length: 6 }, (_, n) => at(n).connect().register(`mover${n}`)));
    const outcomes = await Promise.allSettled([
      ...renaming.map((peer) => peer.call("account.changeHandle", { password: PASSWORD, handle: "throne" })),
      ...Array.from({ length: 6 }, (_, n) => at(n).connect().register("throne")),
    ]);
    assert.equal(outcomes.filter(({ status }) => status === "fulfilled").length, 1);
    for (const outcome of outcomes) {
      if (outcome.status === "rejected") assert.equal(outcome.reason.name, "HANDLE_TAKEN");
    }
    const owner = await nodes[0].store.get(handleKey("throne"));
    assert.equal(await nodes[0].store.hashGet(userKey(owner ?? ""), "handle"), "throne");
    await nodes[1].connect().signInAs("throne");
    for (const [n, peer] of renaming.entries()) {
      if (peer.userId !== owner) await at(n).connect().signInAs(`mover${n}`);
    }
  });

  test("[ACC-9] two changes of one account at once leave it with one handle, and the others free", async () => {
    const nodes = await Promise.all([store.node(), store.node()]);
    const peer = await nodes[0].connect().register("twice");
    const second = nodes[1].connect();
    await second.signInAs("twice");
    await Promise.allSettled([
      peer.call("account.changeHandle", { password: PASSWORD, handle: "twice-a" }),
      second.call("account.changeHandle", { password: PASSWORD, handle: "twice-b" }),
    ]);
    const { handle } = await peer.call("account.get", {});
    for (const other of ["twice", "twice-a", "twice-b"].filter((one) => one !== handle)) {
      await nodes[0].connect().call("auth.register", { handle: other, password: PASSWORD, device });
    }
    await refused(nodes[0].connect().register(handle), "HANDLE_TAKEN");
  });
});
