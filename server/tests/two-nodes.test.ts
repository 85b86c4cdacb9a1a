import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, before, describe, it } from "node:test";
import { startNode, type TestNode } from "./_util/node.ts";
import { freshHandle, openDirect, PASSWORD, registerPerson, resumePerson, textMessage } from "./_util/person.ts";
import { RawConnection } from "./_util/raw-connection.ts";
import { type RedisServer, startRedis } from "./_util/redis.ts";
import { readLog, Witness } from "./_util/witness.ts";

describe("two nodes over one Redis", () => {
  let redis: RedisServer;
  let east: TestNode;
  let west: TestNode;

  before(async () => {
    redis = await startRedis();
    const secret = randomBytes(32).toString("base64url");
    east = await startNode({ store: redis.url }, { secret });
    west = await startNode({ store: redis.url }, { secret });
  });
  after(async () => {
    await east.stop();
    await west.stop();
    await redis.stop();
  });

  it("[MSG-3] a message sent at one arrives live at the other, and at the sender's other devices", async () => {
    const ann = await registerPerson(east.wsUrl);
    const bob = await registerPerson(west.wsUrl);
    const tablet = await resumePerson(west.wsUrl, ann);
    const chatId = await openDirect(ann, bob);
    const { seq } = (await ann.connection.request("message.send", textMessage(chatId, "across"))) as { seq: number };
    for (const connection of [bob.connection, tablet]) {
      const heard = (await connection.event("message.new", (message: { chatId: string; seq: number }) => {
        return message.chatId === chatId && message.seq === seq;
      })) as { body: { text: string } };
      assert.equal(heard.body.text, "across");
    }
    for (const connection of [ann.connection, bob.connection, tablet]) await connection.close();
  });

  it("[MSG-2] ten parallel resends of one clientId over both nodes are one message with one seq", async () => {
    const ann = await registerPerson(east.wsUrl);
    const bob = await registerPerson(west.wsUrl);
    const chatId = await openDirect(ann, bob);
    const message = textMessage(chatId, "once");
    const connections = await Promise.all(
      Array.from({ length: 10 }, (_, n) => resumePerson(n % 2 === 0 ? east.wsUrl : west.wsUrl, ann)),
    );
    const answers = await Promise.all(connections.map((connection) => connection.request("message.send", message)));
    assert.equal(new Set(answers.map((answer) => JSON.stringify(answer))).size, 1, JSON.stringify(answers));
    const page = (await bob.connection.request("message.history", { chatId, limit: 50 })) as {
      messages: { clientId?: string }[];
    };
    assert.equal(page.messages.filter(({ clientId }) => clientId === message.clientId).length, 1);
    for (const connection of [...connections, ann.connection, bob.connection]) await connection.close();
  });

  it("[CHAT-1] 50 parallel openings by both people at both nodes are one chat", async () => {
    const ann = await registerPerson(east.wsUrl);
    const bob = await registerPerson(west.wsUrl);
    const opened = await Promise.all(
      Array.from({ length: 50 }, (_, n) => (n % 2 === 0 ? openDirect(ann, bob) : openDirect(bob, ann))),
    );
    assert.equal(new Set(opened).size, 1);
    await ann.connection.close();
    await bob.connection.close();
  });

  it("[ACC-3] 100 parallel registrations of one handle at both nodes are one account", async () => {
    const handle = freshHandle();
    const register = async (n: number): Promise<string> => {
      const connection = await RawConnection.open(n % 2 === 0 ? east.wsUrl : west.wsUrl);
      for (;;) {
        const name = await connection.refusal("auth.register", {
          handle,
          password: PASSWORD,
          device: { name: "test" },
        });
        // Told to wait, because only two passwords are hashed at a time: a client waits.
        if (name !== "OVERLOADED") {
          await connection.close();
          return name;
        }
      }
    };
    const answers = await Promise.all(Array.from({ length: 100 }, (_, n) => register(n)));
    assert.equal(answers.filter((answer) => answer === "ok").length, 1);
    assert.equal(answers.filter((answer) => answer === "HANDLE_TAKEN").length, 99);
  });

  it("[ACC-6] a device revoked at one node is closed at the other at once, and its token is dead", async () => {
    const ann = await registerPerson(east.wsUrl);
    const { handle } = ann;
    const phone = new Witness(west.wsUrl, {}, handle);
    await phone.client.start();
    await phone.client.signIn({ handle, password: PASSWORD });
    const other = await resumePerson(west.wsUrl, ann);
    await phone.client.request("account.revokeDevice", { deviceId: ann.deviceId });
    assert.equal(await other.closed, 4143);
    assert.equal(await ann.connection.closed, 4143);
    const late = await RawConnection.open(east.wsUrl);
    assert.equal(await late.refusal("auth.resume", { token: ann.token }), "SESSION_INVALID");
    await late.close();
    await phone.client.stop();
  });

  it("[ACC-5] guesses at a password are counted over both nodes, and the owner's sessions go on", async () => {
    const ann = await registerPerson(east.wsUrl);
    const names = new Set<string>();
    for (let n = 0; n < 60; n++) {
      const connection = await RawConnection.open(n % 2 === 0 ? east.wsUrl : west.wsUrl);
      const started = await connection.refusal("auth.scramStart", {
        handle: ann.handle,
        clientNonce: randomBytes(32).toString("base64url"),
      });
      const finished =
        started === "ok"
          ? await connection.refusal("auth.scramFinish", {
              clientProof: randomBytes(32).toString("base64url"),
              device: { name: "guesser" },
            })
          : started;
      names.add(finished);
      await connection.close();
    }
    assert.deepEqual([...names].sort(), ["CREDENTIALS_INVALID", "RATE_LIMITED"]);
    const again = await resumePerson(west.wsUrl, ann);
    assert.equal(await again.refusal("account.get", {}), "ok");
    assert.equal(await ann.connection.refusal("account.get", {}), "ok");
    await again.close();
    await ann.connection.close();
  });

  it("[MSG-13] typing and presence are seen from the other node", async () => {
    const ann = await registerPerson(east.wsUrl);
    const bob = await registerPerson(west.wsUrl);
    const chatId = await openDirect(ann, bob);
    await bob.connection.request("user.watch", { userIds: [ann.userId] });
    await ann.connection.request("message.setTyping", { chatId, typing: true });
    await bob.connection.event("typing.changed", (typing: { userId: string; typing: boolean }) => {
      return typing.userId === ann.userId && typing.typing;
    });
    await ann.connection.close();
    await bob.connection.event("presence.changed", (presence: { userId: string; state: string }) => {
      return presence.userId === ann.userId && presence.state === "offline";
    });
    await bob.connection.close();
  });

  it("[NODE-3] a talk between people at different nodes is one log, told to both in order", async () => {
    const ann = new Witness(east.wsUrl);
    const bob = new Witness(west.wsUrl);
    await ann.register();
    await bob.register();
    const { chat } = await ann.client.request("chat.openDirect", { userId: bob.userId });
    for (let n = 0; n < 20; n++) {
      await ann.client.send(chat.chatId, { kind: "text", body: { text: `ann ${n}` } });
      await bob.client.send(chat.chatId, { kind: "text", body: { text: `bob ${n}` } });
    }
    for (const witness of [ann, bob]) await witness.until(() => witness.acknowledged.size === 20);
    const log = await readLog(bob.client, chat.chatId);
    for (const witness of [ann, bob]) {
      await witness.until(() => witness.head(chat.chatId) === log.length);
      witness.assertContent();
      await witness.client.stop();
    }
  });
});
