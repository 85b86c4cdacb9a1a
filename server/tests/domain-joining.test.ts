import assert from "node:assert/strict";
import { test } from "node:test";
import { type ChatId, type JoinPolicy, limits, type Notice, ReplyError } from "@parley/protocol";
import { membersOf } from "../src/records/membership.ts";
import { chatAsks, chatLinks, chatMembers, userInvitations } from "../src/store/keys.ts";
import type { DomainNode } from "./_util/domain-node.ts";
import type { DomainPeer } from "./_util/domain-peer.ts";
import { onEachStore } from "./_util/domain-stores.ts";
import { refused } from "./_util/refusal.ts";

const NOBODY = "a".repeat(26);
const NO_CODE = "b".repeat(26);

onEachStore((store) => {
  let people = 0;
  const person = (node: DomainNode) => node.connect().register(`person${++people}`);

  async function cast(join: JoinPolicy, members: readonly DomainPeer[] = []) {
    const [here, there] = await Promise.all([store.node(), store.node()]);
    const [owner, bob, carol] = [await person(here), await person(there), await person(here)];
    const userIds = members.map(({ userId }) => userId);
    const { chat } = await owner.call("chat.createGroup", { name: "Garden", members: userIds });
    const { chatId } = chat;
    if (join !== "closed") await owner.call("chat.update", { chatId, join });
    return { here, there, owner, bob, carol, chatId };
  }

  const notices = (peer: DomainPeer, kind: Notice["kind"]) =>
    peer
      .pushed("inbox.new")
      .map(({ notice }) => notice)
      .filter((notice) => notice.kind === kind);
  const notice = (peer: DomainPeer, matches: (notice: Notice) => boolean) =>
    peer.event("inbox.new", ({ notice: told }) => matches(told));
  const lastEntry = async (peer: DomainPeer, chatId: ChatId) => {
    const { messages } = await peer.call("message.history", { chatId, limit: 1 });
    const [entry] = messages;
    assert.ok(entry?.kind === "system");
    return { sender: entry.sender, ...entry.body };
  };

  /** Who comes at the same moment as others may be told to look again. */
  async function insistently<T>(call: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await call();
      } catch (error) {
        if (!(error instanceof ReplyError && error.name === "CONFLICT")) throw error;
      }
    }
  }

  test("[CHAT-4] who has a link sees what it leads to, comes in, and the log says how", async () => {
    const { owner, bob, chatId } = await cast("link");
    await owner.call("chat.update", { chatId, description: "Where we grow things" });
    const { link } = await owner.call("chat.createLink", { chatId });
    assert.match(link.code, /^[a-z2-7]{26}$/);
    const { preview } = await bob.call("chat.preview", { code: link.code });
    assert.deepEqual(preview, {
      chatId,
      name: "Garden",
      description: "Where we grow things",
      memberCount: 1,
      join: "link",
      joined: false,
      requested: false,
    });
    const { chat, requested } = await bob.call("chat.join", { code: link.code });
    assert.deepEqual([chat?.chatId, chat?.role, chat?.memberCount, requested], [chatId, "member", 2, false]);
    await bob.event("inbox.new", ({ notice: told }) => told.kind === "joined" && told.chatId === chatId);
    assert.deepEqual(await lastEntry(owner, chatId), {
      sender: bob.userId,
      event: "added",
      userId: bob.userId,
      how: "link",
    });
    const head = (await bob.call("message.history", { chatId, limit: 1 })).head;
    assert.equal((await bob.call("chat.join", { code: link.code })).chat?.chatId, chatId);
    assert.equal((await bob.call("message.history", { chatId, limit: 1 })).head, head, "again changes nothing");
    assert.equal((await bob.call("chat.preview", { chatId })).preview.joined, true);
  });

  test("[CHAT-4] a code that is none, spent, expired, revoked, or of a shut or deleted group looks the same", async () => {
    const { owner, bob, carol, chatId } = await cast("link");
    const once = (await owner.call("chat.createLink", { chatId, uses: 1 })).link.code;
    const brief = (await owner.call("chat.createLink", { chatId, expiresInMs: 60_000 })).link.code;
    const revoked = (await owner.call("chat.createLink", { chatId })).link.code;
    const good = (await owner.call("chat.createLink", { chatId })).link.code;
    await carol.call("chat.join", { code: once });
    await owner.call("chat.revokeLink", { chatId, code: revoked });
    await owner.call("chat.revokeLink", { chatId, code: revoked });
    await store.forward(60_001);
    const fails = async (code: string) => {
      const told = await refused(bob.call("chat.preview", { code }), "LINK_INVALID");
      const joined = await refused(bob.call("chat.join", { code }), "LINK_INVALID");
      return [told.message, told.retry, joined.message, joined.retry];
    };
    const none = await fails(NO_CODE);
    for (const code of [once, brief, revoked, "no code at all", "B".repeat(26), chatId]) {
      assert.deepEqual(await fails(code), none, code);
    }
    assert.deepEqual(
      (await owner.call("chat.links", { chatId })).links.map(({ code }) => code),
      [good],
      "what is of no use is not listed",
    );
    await owner.call("chat.update", { chatId, join: "closed" });
    assert.deepEqual(await fails(good), none);
    await owner.call("chat.update", { chatId, join: "link" });
    assert.equal((await bob.call("chat.preview", { code: good })).preview.chatId, chatId);
    await owner.call("chat.delete", { chatId });
    assert.deepEqual(await fails(good), none);
  });

  test("[CHAT-4] codes cannot be tried for long", async () => {
    const node = await store.node();
    const bob = await person(node);
    for (let n = 0; n < 60; n += 1) await refused(bob.call("chat.preview", { code: NO_CODE }), "LINK_INVALID");
    const { retryAfterMs } = await refused(bob.call("chat.join", { code: NO_CODE }), "RATE_LIMITED");
    assert.ok(retryAfterMs > 0);
    await store.forward(retryAfterMs);
    await refused(bob.call("chat.preview", { code: NO_CODE }), "LINK_INVALID");
  });

  test("[CHAT-4] a link lets in exactly as many as it has uses, however many come at once to every node", async () => {
    const { here, there, owner, chatId } = await cast("link");
    const { link } = await owner.call("chat.createLink", { chatId, uses: 5 });
    assert.equal(link.usesLeft, 5);
    const crowd = await Promise.all(Array.from({ length: 16 }, (_, n) => person(n % 2 === 0 ? here : there)));
    const answers = await Promise.all(
      crowd.map((peer) =>
        insistently(() => peer.call("chat.join", { code: link.code })).then(
          () => "in",
          (error: ReplyError) => error.name,
        ),
      ),
    );
    assert.deepEqual(
      answers.filter((answer) => answer !== "in"),
      Array(11).fill("LINK_INVALID"),
    );
    assert.equal((await membersOf(here.store, chatId)).length, 6);
    assert.deepEqual((await owner.call("chat.links", { chatId })).links, []);
  });

  test("[CHAT-4] a use is spent by each coming, and by one that is repeated only once", async () => {
    const { owner, bob, carol, chatId } = await cast("link");
    const { code } = (await owner.call("chat.createLink", { chatId, uses: 3 })).link;
    const left = async () => (await owner.call("chat.links", { chatId })).links[0]?.usesLeft;
    const twice = await Promise.all([1, 2].map(() => insistently(() => bob.call("chat.join", { code }))));
    assert.deepEqual(
      twice.map(({ chat }) => chat?.chatId),
      [chatId, chatId],
    );
    assert.equal(await left(), 2);
    await bob.call("chat.leave", { chatId });
    await bob.call("chat.join", { code });
    assert.equal(await left(), 1, "who left may come back");
    await carol.call("chat.join", { code });
    assert.equal(await left(), undefined);
  });

  test("[CHAT-4] only admins see and make links, and not too many", async () => {
    const { there, owner, bob, chatId } = await cast("link");
    const stranger = await person(there);
    const attempts = (peer: DomainPeer) => [
      peer.call("chat.createLink", { chatId }),
      peer.call("chat.links", { chatId }),
      peer.call("chat.revokeLink", { chatId, code: NO_CODE }),
      peer.call("chat.joinRequests", { chatId }),
      peer.call("chat.answerJoin", { chatId, userId: NOBODY, accept: true }),
      peer.call("member.invite", { chatId, userId: NOBODY }),
    ];
    await Promise.all(attempts(stranger).map((call) => refused(call, "CHAT_NOT_FOUND")));
    await owner.call("member.add", { chatId, userId: bob.userId });
    await Promise.all(attempts(bob).map((call) => refused(call, "FORBIDDEN")));
    await owner.call("member.setRole", { chatId, userId: bob.userId, role: "admin" });
    for (let n = 0; n < limits.LINKS_MAX; n += 1) {
      await there.store.hashSet(
        chatLinks(chatId),
        String(n).padStart(26, "a"),
        JSON.stringify({ createdBy: owner.userId, createdAt: n }),
      );
    }
    await refused(bob.call("chat.createLink", { chatId }), "LIMIT_REACHED");
    await bob.call("chat.revokeLink", { chatId, code: "0".padStart(26, "a") });
    await bob.call("chat.createLink", { chatId });
  });

  test("[CHAT-4] an open group is listed, and anybody comes in; one that is not open looks like none", async () => {
    const { owner, bob, chatId } = await cast("open");
    const listed = async () => {
      const found: string[] = [];
      for (let after: string | undefined; ; ) {
        const page = await bob.call("chat.directory", { limit: 2, ...(after === undefined ? {} : { after }) });
        found.push(...page.chats.map((preview) => preview.chatId));
        after = page.chats.at(-1)?.chatId;
        if (page.more !== true) return found;
      }
    };
    assert.ok((await listed()).includes(chatId));
    assert.deepEqual(await listed(), [...new Set(await listed())].sort(), "each once, in order");
    for (const join of ["closed", "link"] as const) {
      await owner.call("chat.update", { chatId, join });
      assert.ok(!(await listed()).includes(chatId));
      await refused(bob.call("chat.preview", { chatId }), "CHAT_NOT_FOUND");
      await refused(bob.call("chat.join", { chatId }), "CHAT_NOT_FOUND");
    }
    await owner.call("chat.update", { chatId, join: "open" });
    assert.ok((await listed()).includes(chatId));
    const { chat, requested } = await bob.call("chat.join", { chatId, message: "no need to ask" });
    assert.deepEqual([chat?.chatId, requested], [chatId, false]);
    assert.deepEqual(await lastEntry(owner, chatId), {
      sender: bob.userId,
      event: "added",
      userId: bob.userId,
      how: "open",
    });
    await owner.call("chat.delete", { chatId });
    assert.ok(!(await listed()).includes(chatId));
    await refused(bob.call("chat.join", { chatId: NOBODY }), "CHAT_NOT_FOUND");
    await refused(bob.call("chat.join", {}), "INVALID_PARAMS");
    await refused(bob.call("chat.join", { chatId, code: NO_CODE }), "INVALID_PARAMS");
  });

  test("[CHAT-4] the directory has groups of every page, whatever their number", async () => {
    const node = await store.node();
    const [owner, bob] = [await person(node), await person(node)];
    const made: string[] = [];
    for (let n = 0; n < 12; n += 1) {
      const { chat } = await owner.call("chat.createGroup", { name: `Group ${n}`, members: [] });
      await owner.call("chat.update", { chatId: chat.chatId, join: n % 2 === 0 ? "open" : "request" });
      made.push(chat.chatId);
    }
    const { chats, more } = await bob.call("chat.directory", { limit: limits.DIRECTORY_PAGE_MAX });
    assert.equal(more, undefined);
    assert.deepEqual(
      made.filter((chatId) => !chats.some((preview) => preview.chatId === chatId)),
      [],
    );
  });

  test("[CHAT-4] who asks is told to admins, and comes in when one of them approves", async () => {
    const { there, owner, bob, carol, chatId } = await cast("request");
    const member = await person(there);
    await owner.call("member.add", { chatId, userId: member.userId });
    await owner.call("member.add", { chatId, userId: carol.userId });
    await owner.call("member.setRole", { chatId, userId: carol.userId, role: "admin" });
    const asked = await bob.call("chat.join", { chatId, message: "  may I?  " });
    assert.deepEqual(asked, { requested: true });
    assert.deepEqual(await bob.call("chat.join", { chatId, message: "another" }), { requested: true });
    for (const admin of [owner, carol]) {
      await notice(admin, (told) => told.kind === "joinRequest" && told.userId === bob.userId && told.open);
    }
    const { requests } = await carol.call("chat.joinRequests", { chatId });
    assert.deepEqual(
      requests.map(({ user, message }) => [user.userId, message]),
      [[bob.userId, "may I?"]],
    );
    assert.equal((await bob.call("chat.preview", { chatId })).preview.requested, true);
    await refused(bob.call("message.history", { chatId, limit: 10 }), "CHAT_NOT_FOUND");
    await carol.call("chat.answerJoin", { chatId, userId: bob.userId, accept: true });
    await notice(bob, (told) => told.kind === "joined" && told.chatId === chatId);
    await notice(owner, (told) => told.kind === "joinRequest" && !told.open);
    assert.deepEqual(await lastEntry(bob, chatId), {
      sender: bob.userId,
      event: "added",
      userId: bob.userId,
      how: "request",
    });
    assert.deepEqual((await owner.call("chat.joinRequests", { chatId })).requests, []);
    await refused(owner.call("chat.answerJoin", { chatId, userId: bob.userId, accept: true }), "NOT_FOUND");
    assert.deepEqual(notices(member, "joinRequest"), [], "members who are no admins hear nothing of it");
  });

  test("[CHAT-4] a request is refused, withdrawn, or of no use any more, and then no approval brings anybody in", async () => {
    const { owner, bob, carol, chatId } = await cast("request");
    const isOut = async (name: "NOT_FOUND" | "FORBIDDEN" = "NOT_FOUND") => {
      await refused(owner.call("chat.answerJoin", { chatId, userId: bob.userId, accept: true }), name);
      assert.equal((await bob.call("chat.preview", { chatId })).preview.joined, false);
    };
    await isOut();
    await bob.call("chat.join", { chatId });
    await owner.call("chat.answerJoin", { chatId, userId: bob.userId, accept: false });
    await isOut();
    assert.equal((await bob.call("chat.preview", { chatId })).preview.requested, false);
    await bob.call("chat.join", { chatId });
    await bob.call("chat.leave", { chatId });
    await isOut();
    await refused(bob.call("chat.leave", { chatId }), "CHAT_NOT_FOUND");
    // Added meanwhile: nothing is left to be approved, also after they leave again.
    await bob.call("chat.join", { chatId });
    await owner.call("member.add", { chatId, userId: bob.userId });
    assert.deepEqual((await owner.call("chat.joinRequests", { chatId })).requests, []);
    await bob.call("chat.leave", { chatId });
    await isOut();
    // An approver who is no admin any more.
    await owner.call("member.add", { chatId, userId: carol.userId });
    await bob.call("chat.join", { chatId });
    await refused(carol.call("chat.answerJoin", { chatId, userId: bob.userId, accept: true }), "FORBIDDEN");
    await owner.call("member.remove", { chatId, userId: carol.userId });
    await refused(carol.call("chat.answerJoin", { chatId, userId: bob.userId, accept: true }), "NOT_MEMBER");
    // Asking is another way once the door is open, and a link is one at any time.
    await owner.call("chat.update", { chatId, join: "open" });
    assert.equal((await bob.call("chat.join", { chatId })).requested, false);
    assert.deepEqual((await owner.call("chat.joinRequests", { chatId })).requests, []);
  });

  test("[CHAT-4] who was removed comes back by an admin's hand alone", async () => {
    const { owner, bob, carol, chatId } = await cast("open");
    const { code } = (await owner.call("chat.createLink", { chatId })).link;
    await bob.call("chat.join", { code });
    await carol.call("chat.join", { code });
    await carol.call("chat.leave", { chatId });
    await carol.call("chat.join", { chatId });
    for (const back of ["added", "invited", "approved"] as const) {
      await owner.call("member.remove", { chatId, userId: bob.userId });
      await refused(bob.call("chat.join", { code }), "JOIN_CLOSED");
      await refused(bob.call("chat.join", { chatId }), "JOIN_CLOSED");
      if (back === "added") await owner.call("member.add", { chatId, userId: bob.userId });
      if (back === "invited") {
        await owner.call("member.invite", { chatId, userId: bob.userId });
        await bob.call("chat.answerInvitation", { chatId, accept: true });
      }
      if (back === "approved") {
        await owner.call("chat.update", { chatId, join: "request" });
        assert.deepEqual(await bob.call("chat.join", { chatId }), { requested: true });
        await refused(bob.call("chat.join", { code }), "JOIN_CLOSED");
        await owner.call("chat.answerJoin", { chatId, userId: bob.userId, accept: true });
      }
      await bob.call("chat.leave", { chatId });
      await bob.call("chat.join", { code });
    }
    assert.deepEqual((await lastEntry(bob, chatId)).event, "added");
    await owner.call("chat.update", { chatId, join: "closed" });
    await bob.call("chat.leave", { chatId });
    await refused(bob.call("chat.join", { chatId }), "JOIN_CLOSED");
  });

  test("[CHAT-4] an invitation is told, previewed and accepted, and names who sent it", async () => {
    const { owner, bob, chatId } = await cast("closed");
    await refused(bob.call("chat.preview", { chatId }), "CHAT_NOT_FOUND");
    await owner.call("member.invite", { chatId, userId: bob.userId });
    await notice(bob, (told) => told.kind === "invitation" && told.userId === owner.userId && told.open);
    await owner.call("member.invite", { chatId, userId: bob.userId });
    const { invitations } = await bob.call("chat.invitations", {});
    assert.deepEqual(
      invitations.map(({ preview, by }) => [preview.chatId, preview.name, by.userId]),
      [[chatId, "Garden", owner.userId]],
    );
    assert.equal((await bob.call("chat.preview", { chatId })).preview.joined, false);
    const { chat } = await bob.call("chat.answerInvitation", { chatId, accept: true });
    assert.equal(chat?.chatId, chatId);
    await notice(bob, (told) => told.kind === "invitation" && !told.open);
    assert.deepEqual(await lastEntry(bob, chatId), {
      sender: owner.userId,
      event: "added",
      userId: bob.userId,
      how: "invitation",
    });
    assert.equal((await bob.call("chat.answerInvitation", { chatId, accept: true })).chat?.chatId, chatId);
    assert.deepEqual(await bob.call("chat.invitations", {}), { invitations: [] });
    await refused(owner.call("member.invite", { chatId, userId: bob.userId }), "ALREADY_MEMBER");
    await refused(owner.call("member.invite", { chatId, userId: owner.userId }), "SELF_NOT_ALLOWED");
    await refused(owner.call("member.invite", { chatId, userId: NOBODY }), "NOT_FOUND");
  });

  test("[CHAT-4] an invitation counts for nothing once refused, or once who sent it may not send any", async () => {
    const { here, owner, bob, carol, chatId } = await cast("closed");
    const isOut = async () => {
      await refused(bob.call("chat.answerInvitation", { chatId, accept: true }), "NOT_FOUND");
      assert.deepEqual(await bob.call("chat.invitations", {}), { invitations: [] });
      await refused(bob.call("chat.preview", { chatId }), "CHAT_NOT_FOUND");
    };
    await isOut();
    await owner.call("member.invite", { chatId, userId: bob.userId });
    assert.deepEqual(await bob.call("chat.answerInvitation", { chatId, accept: false }), {});
    assert.deepEqual(await bob.call("chat.answerInvitation", { chatId, accept: false }), {});
    await isOut();
    await owner.call("member.add", { chatId, userId: carol.userId });
    await owner.call("member.setRole", { chatId, userId: carol.userId, role: "admin" });
    await carol.call("member.invite", { chatId, userId: bob.userId });
    assert.equal((await bob.call("chat.invitations", {})).invitations.length, 1);
    await owner.call("member.setRole", { chatId, userId: carol.userId, role: "member" });
    await isOut();
    // Forged: no member, no admin, never sent.
    await here.store.hashSet(userInvitations(bob.userId), chatId, JSON.stringify({ by: bob.userId, at: 1 }));
    await isOut();
    // Another admin's invitation takes the place of one that lapsed.
    await owner.call("member.invite", { chatId, userId: bob.userId });
    assert.equal((await bob.call("chat.invitations", {})).invitations[0]?.by.userId, owner.userId);
    await owner.call("chat.delete", { chatId });
    assert.deepEqual(await bob.call("chat.invitations", {}), { invitations: [] });
    await refused(bob.call("chat.answerInvitation", { chatId, accept: true }), "NOT_FOUND");
  });

  test("[CHAT-4] who has blocked an admin is not asked in by them, and the admin does not learn it", async () => {
    const { owner, bob, carol, chatId } = await cast("closed");
    await bob.call("contact.block", { userId: owner.userId });
    assert.deepEqual(await owner.call("member.invite", { chatId, userId: bob.userId }), {});
    assert.deepEqual(await bob.call("chat.invitations", {}), { invitations: [] });
    await owner.call("contact.block", { userId: carol.userId });
    await refused(owner.call("member.invite", { chatId, userId: carol.userId }), "YOU_BLOCKED");
    await carol.call("account.setPrivacy", { privacy: { write: "contacts", presence: "nobody" } });
    await owner.call("contact.unblock", { userId: carol.userId });
    await owner.call("member.invite", { chatId, userId: carol.userId });
    assert.equal((await carol.call("chat.invitations", {})).invitations.length, 1, "asking is not writing");
  });

  test("[CHAT-4] nobody comes into a group that is full, by whatever way, and no more ask than may", async () => {
    const { here, owner, bob, carol, chatId } = await cast("request");
    const { code } = (await owner.call("chat.createLink", { chatId, uses: 1 })).link;
    await bob.call("chat.join", { chatId });
    await owner.call("member.invite", { chatId, userId: carol.userId });
    const crowd = Array.from({ length: limits.GROUP_MEMBERS_MAX - 1 }, (_, n) => `x${n}`.padEnd(26, "a"));
    await here.store.hashSetMany(
      chatMembers(chatId),
      Object.fromEntries(crowd.map((userId) => [`${userId}#1`, "1:member"])),
    );
    await refused(owner.call("chat.answerJoin", { chatId, userId: bob.userId, accept: true }), "GROUP_FULL");
    await refused(bob.call("chat.join", { code }), "GROUP_FULL");
    await refused(carol.call("chat.answerInvitation", { chatId, accept: true }), "GROUP_FULL");
    assert.equal((await owner.call("chat.links", { chatId })).links[0]?.usesLeft, 1, "no use was spent on it");
    await here.store.hashDelete(chatMembers(chatId), ...crowd.map((userId) => `${userId}#1`));
    await here.store.hashSetMany(
      chatAsks(chatId),
      Object.fromEntries(crowd.slice(0, limits.JOIN_REQUESTS_MAX).map((userId) => [userId, '{"message":"","at":1}'])),
    );
    await refused(carol.call("chat.join", { chatId }), "LIMIT_REACHED");
    assert.equal((await bob.call("chat.join", { chatId })).requested, true, "who asked before still asks");
  });
});
