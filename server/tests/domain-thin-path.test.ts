import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import fc from "fast-check";
import type { Append, Kv } from "../src/store/kv.ts";
import { uuidv7 } from "./_util/client-ids.ts";
import { type DomainNode, startDomain } from "./_util/domain-node.ts";
import { removeTemporaryFolders, temporaryFolder } from "./_util/folder.ts";

let node: DomainNode;
const asked: string[] = [];
/** Whether the store is to leave an append on grounds to others. */
let leaves: (append: Append) => boolean = () => false;
before(async () => {
  node = await startDomain({ location: await temporaryFolder(), wrapStore: noted });
});
after(async () => {
  await node.stop();
  await removeTemporaryFolders();
});

function noted(store: Kv): Kv {
  return new Proxy(store, {
    get: (target, name) => {
      const value = Reflect.get(target, name);
      if (typeof value !== "function") return value;
      return (...args: unknown[]) => {
        asked.push(`${String(name)} ${JSON.stringify(args)}`);
        if (name !== "appendIf") return value.apply(target, args);
        const answer = leaves(args[0] as Append) ? Promise.resolve(null) : value.apply(target, args);
        return answer.finally(() => asked.push("answer to appendIf"));
      };
    },
  });
}

test("[MSG-3] two people register, find each other, write and receive live", async () => {
  const alice = await node.connect().register("alice");
  const bob = await node.connect().register("bob");
  const { users } = await alice.call("user.find", { handle: "BOB" });
  assert.deepEqual(
    users.map(({ userId }) => userId),
    [bob.userId],
  );
  const { chat } = await alice.call("chat.openDirect", { userId: bob.userId });
  const sent = await alice.call("message.send", {
    chatId: chat.chatId,
    clientId: uuidv7(),
    kind: "text",
    body: { text: "hello" },
  });
  assert.equal(sent.seq, 1);
  const got = await bob.event("message.new");
  assert.deepEqual([got.chatId, got.seq, got.kind], [chat.chatId, 1, "text"]);
  const page = await bob.call("message.history", { chatId: chat.chatId, limit: 10 });
  assert.equal(page.head, 1);
  const pulled = await bob.call("sync.pull", {});
  assert.deepEqual(
    pulled.chats.map((one) => [one.chat.chatId, one.head, one.unread]),
    [[chat.chatId, 1, 1]],
  );
  const phone = node.connect();
  const token = await phone.signInAs("bob");
  const tab = node.connect();
  await tab.call("auth.resume", { token });
  assert.equal(tab.userId, bob.userId);
});

test("[MSG-3] who wrote before writes again in one command, and hears of it as always", async () => {
  const [carol, dave] = [await node.connect().register("carol"), await node.connect().register("dave")];
  const { chatId } = (await carol.call("chat.openDirect", { userId: dave.userId })).chat;
  const send = (clientId: string) =>
    carol.call("message.send", { chatId, clientId, kind: "text", body: { text: "hello" } });
  const first = await send(uuidv7());
  asked.length = 0;
  const clientId = uuidv7();
  const second = await send(clientId);
  const ofThem = asked.filter((one) => [chatId, carol.userId, dave.userId].some((id) => one.includes(id)));
  assert.deepEqual(
    ofThem.map((one) => one.split(" ", 1)[0]),
    ["appendIf"],
  );
  assert.deepEqual([first.seq, second.seq, await send(clientId)], [1, 2, second]);
  await dave.event("message.new", ({ seq }) => seq === 2);
});

/** Somebody who says something to somebody else. */
async function inConversation(name: string) {
  const [one, other] = [await node.connect().register(`${name}1`), await node.connect().register(`${name}2`)];
  const { chatId } = (await one.call("chat.openDirect", { userId: other.userId })).chat;
  const send = (text: string, more: { readonly clientId?: string; readonly replyTo?: number } = {}) => {
    const { clientId = uuidv7(), ...body } = more;
    return one.call("message.send", { chatId, clientId, kind: "text", body: { text, ...body } });
  };
  return { send };
}

test("[MSG-3] what one connection says at once is asked in one go, each behind the one before", async () => {
  const { send } = await inConversation("erin");
  await send("first");
  asked.length = 0;
  const sent = await Promise.all(["a", "b", "c", "d"].map((text) => send(text)));
  assert.deepEqual(
    sent.map(({ seq }) => seq),
    [2, 3, 4, 5],
  );
  const names = asked.map((one) => one.split(" ", 1)[0]);
  assert.ok(names.indexOf("answer") > names.lastIndexOf("appendIf"));
  assert.equal(names.filter((name) => name === "appendIf").length, 4);
});

test("[MSG-3] whatever of it takes longer or is refused, the rest keeps its order", async () => {
  const { send } = await inConversation("frank");
  const used = uuidv7();
  await send("first", { clientId: used });
  const left = new Set<string>();
  leaves = ({ entry }) => left.has((JSON.parse(entry) as { body: { text: string } }).body.text);
  const kinds = fc.constantFrom("plain", "left", "reply", "reused", "malformed");
  let count = 0;
  try {
    await fc.assert(
      fc.asyncProperty(fc.array(kinds, { minLength: 2, maxLength: 8 }), async (row) => {
        const sends = row.map((kind) => {
          const text = `${++count}`;
          if (kind === "left") left.add(text);
          if (kind === "reply") return send(text, { replyTo: 1 });
          if (kind === "reused") return send(text, { clientId: used });
          return send(kind === "malformed" ? "" : text);
        });
        const results = await Promise.allSettled(sends);
        const refused = results.map(({ status }) => status === "rejected");
        assert.deepEqual(
          refused,
          row.map((kind) => kind === "reused" || kind === "malformed"),
        );
        const seqs = results.flatMap((result) => (result.status === "fulfilled" ? [result.value.seq] : []));
        assert.deepEqual(
          seqs,
          [...seqs].sort((a, b) => a - b),
        );
      }),
      { numRuns: 60 },
    );
  } finally {
    leaves = () => false;
  }
});
