import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { membersOf } from "../src/records/membership.ts";
import { chatTurn } from "../src/store/keys.ts";
import { type Cast, DyingDeeds } from "./_util/dying-deeds.ts";
import { removeTemporaryFolders } from "./_util/folder.ts";
import { noticesOf } from "./_util/month-notices.ts";

let deeds: DyingDeeds;
before(async () => {
  deeds = await DyingDeeds.start();
});
afterEach(() => deeds.end());
after(async () => {
  await deeds.stop();
  await removeTemporaryFolders();
});

/** A group with this policy, whose turn is free: that of a node that died ends by itself. */
async function openGroup({ owner }: Cast, join: "link" | "request"): Promise<string> {
  const { chatId } = (await owner.call("chat.createGroup", { name: "Door", members: [] })).chat;
  await owner.call("chat.update", { chatId, join });
  return chatId;
}

test("[CHAT-4] who comes by a link comes once and wholly, and it lets in no more than it may, wherever the node dies", async () => {
  let chatId = "";
  let code = "";
  await deeds.dieAtEveryWrite(
    async (cast) => {
      chatId = await openGroup(cast, "link");
      ({ code } = (await cast.owner.call("chat.createLink", { chatId, uses: 2 })).link);
      return () => cast.bob.call("chat.join", { code });
    },
    async (cast, answered) => {
      const { bob, carol } = cast;
      const joined = await deeds.isMember(cast, bob, chatId);
      assert.ok(joined || !answered);
      assert.equal((await noticesOf(bob, "joined", chatId)).length > 0, joined);
      await deeds.first.store.delete(chatTurn(chatId));
      await bob.call("chat.join", { code });
      assert.ok(await deeds.isMember(cast, bob, chatId));
      // A use may be lost with the node that was about to give it out.
      const last = await carol.call("chat.join", { code }).catch((error: Error) => error.name);
      assert.ok(last === "LINK_INVALID" || typeof last === "object");
      assert.equal((await membersOf(deeds.first.store, chatId)).length, typeof last === "object" ? 3 : 2);
      const links = (await deeds.log(chatId)).filter((text) => text.includes('"how":"link"'));
      assert.equal(links.length, typeof last === "object" ? 2 : 1);
      assert.deepEqual((await cast.owner.call("chat.links", { chatId })).links, []);
    },
  );
});

test("[CHAT-4] who asks is told to admins, and who is approved is in and asks no more, wherever the node dies", async () => {
  let chatId = "";
  await deeds.dieAtEveryWrite(
    async (cast) => {
      chatId = await openGroup(cast, "request");
      return () => cast.bob.call("chat.join", { chatId });
    },
    async ({ owner }, answered) => {
      const { requests } = await owner.call("chat.joinRequests", { chatId });
      assert.ok(requests.length === 1 || !answered);
      const notice = (await noticesOf(owner, "joinRequest", chatId)).at(-1);
      assert.equal(notice?.kind === "joinRequest" && notice.open, requests.length === 1);
    },
  );
  await deeds.dieAtEveryWrite(
    async (cast) => {
      chatId = await openGroup(cast, "request");
      await cast.bob.call("chat.join", { chatId });
      const params = { chatId, userId: cast.bob.userId, accept: true };
      return () => cast.owner.call("chat.answerJoin", params);
    },
    async (cast, answered) => {
      const { owner, bob } = cast;
      const joined = await deeds.isMember(cast, bob, chatId);
      assert.ok(joined || !answered);
      assert.equal((await owner.call("chat.joinRequests", { chatId })).requests.length, joined ? 0 : 1);
      assert.equal((await noticesOf(bob, "joined", chatId)).length > 0, joined);
      const notice = (await noticesOf(owner, "joinRequest", chatId)).at(-1);
      assert.equal(notice?.kind === "joinRequest" && notice.open, !joined);
    },
  );
});

test("[CHAT-4] who is invited is told, and who accepts is in and invited no more, wherever the node dies", async () => {
  let chatId = "";
  await deeds.dieAtEveryWrite(
    async (cast) => {
      chatId = await openGroup(cast, "link");
      return () => cast.owner.call("member.invite", { chatId, userId: cast.bob.userId });
    },
    async ({ bob }, answered) => {
      const invited = (await bob.call("chat.invitations", {})).invitations.some((one) => one.preview.chatId === chatId);
      assert.ok(invited || !answered);
      const notice = (await noticesOf(bob, "invitation", chatId)).at(-1);
      assert.equal(notice?.kind === "invitation" && notice.open, invited);
    },
  );
  await deeds.dieAtEveryWrite(
    async (cast) => {
      chatId = await openGroup(cast, "link");
      await cast.owner.call("member.invite", { chatId, userId: cast.bob.userId });
      return () => cast.bob.call("chat.answerInvitation", { chatId, accept: true });
    },
    async (cast, answered) => {
      const joined = await deeds.isMember(cast, cast.bob, chatId);
      assert.ok(joined || !answered);
      const { invitations } = await cast.bob.call("chat.invitations", {});
      assert.equal(
        invitations.some((one) => one.preview.chatId === chatId),
        !joined,
      );
    },
  );
});
