import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
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
const text = (chatId: string, words: string) => ({
  chatId,
  clientId: randomUUID(),
  kind: "text" as const,
  body: { text: words },
});

onEachStore((store) => {
  test("[ACC-10] a deleted account leaves its groups and its messages; sessions, handle and name are gone", async () => {
    const nodes = await Promise.all([store.node(), store.node()]);
    const ann = await nodes[0].connect().register("ann");
    const gone = await nodes[0].connect().register("goner");
    const phone = nodes[1].connect();
    const token = await phone.signInAs("goner");
    const { userId } = gone;
    const { chat } = await ann.call("chat.createGroup", { name: "group", members: [userId] });
    const direct = await ann.call("chat.openDirect", { userId });
    await gone.call("message.send", text(chat.chatId, "what I wrote"));
    await gone.call("message.send", text(direct.chat.chatId, "to you"));
    await gone.call("contact.request", { userId: ann.userId });
    await ann.call("contact.answer", { userId, answer: "accept" });
    assert.equal((await ann.call("contact.list", { limit: 10 })).contacts.length, 1);
    await refused(gone.call("account.delete", { password: "not the password" }), "CREDENTIALS_INVALID");
    await gone.call("account.delete", { password: PASSWORD });
    assert.equal(await gone.closed, "normal");
    assert.deepEqual(await phone.event("session.ended"), { why: "deleted" });
    assert.equal(await phone.closed, "session_revoked");
    await refused(nodes[1].connect().call("auth.resume", { token }), "SESSION_INVALID");
    await refused(nodes[1].connect().signInAs("goner"), "CREDENTIALS_INVALID");

    const { users } = await ann.call("user.get", { userIds: [userId] });
    assert.deepEqual(users, [{ userId, handle: "", displayName: "", avatar: null, deleted: true }]);
    assert.deepEqual((await ann.call("user.find", { prefix: "gone" })).users, []);
    const { members } = await ann.call("member.list", { chatId: chat.chatId, limit: 10 });
    assert.equal(members.length, 1);
    const { messages } = await ann.call("message.history", { chatId: chat.chatId, limit: 10 });
    const kinds = messages.map((message) => (message.kind === "system" ? message.body.event : message.kind));
    assert.deepEqual(kinds, ["created", "text", "left"]);
    const page = await ann.call("message.history", { chatId: direct.chat.chatId, limit: 10 });
    assert.equal(page.messages.filter(({ kind }) => kind === "text").length, 1);
    await refused(ann.call("message.send", text(direct.chat.chatId, "are you there?")), "WRITE_REFUSED");
    assert.deepEqual((await ann.call("contact.list", { limit: 10 })).contacts, []);
    await refused(ann.call("contact.request", { userId }), "NOT_FOUND");
    const record = await nodes[0].store.hashGetAll(userKey(userId));
    assert.deepEqual(Object.keys(record).sort(), ["authGen", "deleted"]);

    const heir = await nodes[1].connect().register("goner");
    assert.notEqual(heir.userId, userId);
  });

  test("[ACC-10] who owns a group is not deleted", async () => {
    const node = await store.node();
    const owner = await node.connect().register("keeper");
    await owner.call("chat.createGroup", { name: "mine", members: [] });
    await refused(owner.call("account.delete", { password: PASSWORD }), "OWNS_GROUPS");
    assert.equal((await owner.call("account.get", {})).handle, "keeper");
  });
});

after(removeTemporaryFolders);

test("[ACC-10] a node that dies between any two steps of a deletion leaves it to be finished, the same each time", async () => {
  const dying = new DyingStore();
  const clock = new MovingClock();
  const location = await temporaryFolder();
  const first = await startDomain({ location, clock, wrapStore: (kv) => dying.wrap(kv) });
  let outlived = false;
  for (let writes = 1; !outlived; writes += 1) {
    const ann = await first.connect().register(`ann${writes}`);
    const gone = await first.connect().register(`gone${writes}`);
    const { userId } = gone;
    const { chat } = await ann.call("chat.createGroup", { name: "group", members: [userId] });
    await first.services.deletion.check({ userId, deviceId: "", sessionId: "" }, "192.0.2.1", { password: PASSWORD });
    dying.dieAfter(writes);
    await first.services.deletion.delete({ userId, deviceId: "", sessionId: "" }).catch(() => {});
    outlived = !dying.isDead;
    dying.dieAfter(Number.POSITIVE_INFINITY);

    // Whatever the dead node held for a moment is free again.
    await passTime(clock, [first], 31_000);
    const second = await startDomain({ location, clock, inPlaceOf: first });
    const record = await second.store.hashGetAll(userKey(userId));
    const begun = record.deleted !== undefined;
    // The turn and the intent are the first two writes: a node that dies before the second has not begun.
    assert.equal(begun, writes >= 2, `after ${writes} writes`);
    if (begun) {
      assert.deepEqual(Object.keys(record).sort(), ["authGen", "deleted"], `after ${writes} writes`);
      assert.equal(await second.store.get(handleKey(`gone${writes}`)), null, `after ${writes} writes`);
      const reader = second.connect();
      await reader.signInAs(`ann${writes}`);
      const { messages } = await reader.call("message.history", { chatId: chat.chatId, limit: 10 });
      const left = messages.filter((message) => message.kind === "system" && message.body.event === "left");
      assert.equal(left.length, 1, `after ${writes} writes`);
      await second.connect().register(`gone${writes}`);
    }
    await second.stop();
  }
  await first.stop();
});
