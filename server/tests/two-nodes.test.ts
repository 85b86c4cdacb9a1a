import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, before, describe, it } from "node:test";
import { describeAcrossNodes } from "./_util/across-nodes.ts";
import { startNode, type TestNode } from "./_util/node.ts";
import { freshHandle, openDirect, PASSWORD, registerPerson, resumePerson, textMessage } from "./_util/person.ts";
import { RawConnection } from "./_util/raw-connection.ts";
import { type RedisServer, startRedis } from "./_util/redis.ts";

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
});

describeAcrossNodes("their Redis", async () => null);
