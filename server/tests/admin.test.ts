import assert from "node:assert/strict";
import { stat } from "node:fs/promises";
import { connect } from "node:net";
import { createInterface } from "node:readline";
import { after, before, describe, test } from "node:test";
import { adminPath } from "../src/admin/admin-door.ts";
import { ADMIN_DEEDS } from "../src/admin/deeds.ts";
import { sendOrder } from "../src/admin/send-order.ts";
import { adminDeedOf, COMMAND_NAMES } from "../src/commands.ts";
import { runCommandLine } from "./_util/command.ts";
import { removeTemporaryFolders, temporaryFolder } from "./_util/folder.ts";
import { startNode, type TestNode } from "./_util/node.ts";
import { openDirect, PASSWORD, type Person, registerPerson, resumePerson, textMessage } from "./_util/person.ts";
import { RawConnection } from "./_util/raw-connection.ts";

describe("[NODE-13] parley admin", () => {
  let node: TestNode;
  let ann: Person;
  let bob: Person;
  let groupId: string;

  before(async () => {
    node = await startNode();
    const owner = await RawConnection.open(node.wsUrl);
    const account = { handle: "annowner", password: PASSWORD, device: { name: "laptop" }, invite: node.ownerCode };
    const made = (await owner.request("auth.register", account)) as { userId: string; deviceId: string; token: string };
    ann = { handle: "annowner", connection: owner, ...made };
    bob = await registerPerson(node.wsUrl);
    const group = { name: "Gardeners", members: [bob.userId] };
    const { chat } = (await ann.connection.request("chat.createGroup", group)) as { chat: { chatId: string } };
    groupId = chat.chatId;
    await bob.connection.request("message.send", textMessage(groupId, "hello"));
    await openDirect(bob, ann);
  });
  after(async () => {
    await Promise.all([ann, bob].map((one) => one?.connection.close()));
    await node?.stop();
    await removeTemporaryFolders();
  });

  async function admin(deed: string, words: readonly string[] = [], options: Record<string, string | boolean> = {}) {
    const lines: string[] = [];
    await sendOrder(node.data, { deed, words, options }, (line) => lines.push(line));
    return lines.join("\n");
  }
  const refused = (attempt: Promise<unknown>, message: RegExp) =>
    assert.rejects(attempt, { name: "ConfigError", message });

  test("the program and the server know the same deeds", () => {
    const named = COMMAND_NAMES.map(adminDeedOf).filter((name) => name !== null);
    assert.deepEqual([...named].sort(), Object.keys(ADMIN_DEEDS).sort());
  });

  test("users, one of them, where they are signed in, and how much there is", async () => {
    const users = await admin("users");
    for (const one of [ann, bob]) assert.ok(users.includes(`${one.handle}  ${one.userId}`));
    const text = await admin("user", [ann.handle]);
    assert.match(text, /owns this server/);
    assert.match(text, /2 chats, 0 bytes of files, 1 devices/);
    assert.ok(text.includes(`owns the group ${groupId}`));
    assert.ok((await admin("sessions", [ann.handle])).startsWith(`${ann.deviceId}  laptop  since `));
    const numbers = await admin("statistics");
    assert.match(numbers, /^2 users$/m);
    assert.match(numbers, /^1 groups, 1 chats of two, \d+ entries in them$/m);
    assert.match(await admin("retention"), /kept for ever/);
    assert.ok((await admin("groups")).includes(`${groupId}  "Gardeners"  2 members`));
    assert.ok((await admin("group", [groupId])).includes(`owned by ${ann.userId}`));
    await refused(admin("user", ["nobody"]), /There is no nobody/);
    await refused(admin("group", [bob.userId]), /There is no group/);
    await refused(admin("no-such"), /knows no "admin no-such"/);
  });

  test("who is disabled is signed out at once, and nobody signs in as them until they are enabled", async () => {
    const carol = await registerPerson(node.wsUrl);
    assert.match(await admin("disable", [carol.handle]), /1 sessions were ended/);
    await carol.connection.closed;
    assert.match(await admin("users"), new RegExp(`${carol.handle}.*disabled`));
    await assert.rejects(resumePerson(node.wsUrl, carol));
    // Also by a sign-in that was under way, whose session is made only now.
    const { credentials } = node.services;
    const made = await credentials.create(carol.userId, "late", Number.MAX_SAFE_INTEGER);
    assert.equal(await credentials.use(made.session.sessionId), null);
    assert.match(await admin("enable", [carol.handle]), /may sign in again/);
    assert.match(await admin("enable", [carol.handle]), /nothing was changed/);
    assert.notEqual(await credentials.use(made.session.sessionId), null);
    assert.match(await admin("end-sessions", [carol.handle]), /1 sessions/);
    assert.match(await admin("sessions", [carol.handle]), /signed in nowhere/);
    assert.match(await admin("delete-user", [carol.handle]), /with --yes/);
    assert.match(await admin("delete-user", [carol.handle], { yes: true }), /was deleted/);
    await refused(admin("user", [carol.handle]), /There is no/);
  });

  test("invites are the owner's: made, listed, used and taken back", async () => {
    const made = await admin("invite", [], { uses: "2", days: "3" });
    const code = /The invite (\S+) lets in 2/.exec(made)?.[1] ?? "";
    assert.ok((await admin("invites")).startsWith(`${code}  2 uses until `));
    assert.match(await admin("revoke-invite", [code]), /worth nothing/);
    await refused(admin("revoke-invite", [code]), /Nothing was changed/);
    for (const uses of ["0", "-1", "x", "1e9"]) await refused(admin("invite", [], { uses }), /--uses is a number/);
  });

  test("a group is deleted for all its members, and its owner can be deleted only then", async () => {
    await refused(admin("delete-user", [ann.handle], { yes: true }), new RegExp(`owns groups.*${groupId}`));
    assert.match(await admin("delete-group", [groupId]), /with --yes/);
    await bob.connection.request("message.send", textMessage(groupId, "still here"));
    assert.match(await admin("delete-group", [groupId], { yes: true }), /was deleted for its 2 members/);
    assert.match(
      await bob.connection.refusal("message.send", textMessage(groupId, "gone")),
      /NOT_MEMBER|CHAT_NOT_FOUND/,
    );
    await refused(admin("group", [groupId]), /There is no group/);
  });

  test("the door opens to nobody else, and takes no nonsense", async () => {
    assert.equal((await stat(adminPath(node.data))).mode & 0o777, 0o600);
    for (const nonsense of [
      "{}\n",
      "no json\n",
      `${"x".repeat(20_000)}\n`,
      '{"deed":"users","words":[1],"options":{}}\n',
    ]) {
      const socket = connect(adminPath(node.data));
      socket.on("error", () => {});
      socket.write(nonsense);
      const lines: string[] = [];
      for await (const line of createInterface({ input: socket })) lines.push(line);
      assert.deepEqual(lines, ['{"refused":"This is no order."}']);
    }
    await refused(admin("__proto__"), /knows no/);
  });

  test("by the command line, which says what it did, or that no server runs", async () => {
    const { code, said } = await runCommandLine(["admin", "sessions", bob.handle, "--data", node.data]);
    assert.deepEqual([code, said.startsWith(bob.deviceId)], [0, true], said);
    const nowhere = await runCommandLine(["admin", "users", "--data", await temporaryFolder()]);
    assert.equal(nowhere.code, 1);
    assert.match(nowhere.said, /^No server runs on /);
  });
});
