import assert from "node:assert/strict";
import { randomBytes, randomUUID } from "node:crypto";
import { after, before, describe, it } from "node:test";
import type { Call, Params, Signal } from "@parley/protocol";
import { startNode, type TestNode } from "./node.ts";
import { openDirect, PASSWORD, registerPerson, resumePerson, textMessage } from "./person.ts";
import { RawConnection } from "./raw-connection.ts";
import { type RedisServer, startRedis } from "./redis.ts";
import { readLog, Witness } from "./witness.ts";

/** A bus beside the store. */
export interface TestBus {
  readonly url: string;
  stop(): Promise<void>;
}

/** What people at one node see of what people do at another. `startBus` answers null where the store is the bus. */
export function describeAcrossNodes(name: string, startBus: () => Promise<TestBus | null>): void {
  describe(`two nodes over ${name}`, () => {
    let redis: RedisServer;
    let bus: TestBus | null;
    let east: TestNode;
    let west: TestNode;
    /** Of the same deployment, where a new device replaces the others. */
    let strict: TestNode;

    before(async () => {
      [redis, bus] = await Promise.all([startRedis(), startBus()]);
      const secret = randomBytes(32).toString("base64url");
      const shared = { store: redis.url, ...(bus === null ? {} : { bus: bus.url }) };
      east = await startNode(shared, { secret });
      west = await startNode(shared, { secret });
      strict = await startNode({ ...shared, sessions: "replace" }, { secret });
    });
    after(async () => {
      for (const node of [east, west, strict]) await node?.stop();
      await bus?.stop();
      await redis?.stop();
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

    it("[SYNC-6] a device that signs in where one replaces the other ends that one at another node", async () => {
      const ann = await registerPerson(east.wsUrl);
      const phone = new Witness(strict.wsUrl, {}, ann.handle);
      await phone.client.start();
      await phone.client.signIn({ handle: ann.handle, password: PASSWORD });
      assert.deepEqual(await ann.connection.event("session.ended"), { why: "replaced" });
      assert.equal(await ann.connection.closed, 4143);
      await phone.client.stop();
    });

    it("[CALL-1] a call rings at the other node, is answered there, carries signals both ways and ends for both", async () => {
      const ann = await registerPerson(east.wsUrl);
      const bob = await registerPerson(west.wsUrl);
      const chatId = await openDirect(ann, bob);
      const callId = randomUUID();
      const [from, to] = [randomUUID(), randomUUID()];
      const streams = [{ streamId: "camera", kind: "camera", audio: true, video: false }];
      const told = (connection: RawConnection, matches: (call: Call) => boolean) =>
        connection.event("call.changed", ({ call }: { call: Call }) => call.callId === callId && matches(call));
      await ann.connection.request("call.start", { callId, participantId: from, chatId, video: false, streams });
      await told(bob.connection, ({ state }) => state === "ringing");
      await bob.connection.request("call.join", { callId, participantId: to, streams });
      await told(ann.connection, ({ state }) => state === "active");
      const offer: Signal = { kind: "description", type: "offer", sdp: "v=0\r\n", tracks: [] };
      const signal: Params<"call.signal"> = { callId, from, to, link: 1, number: 1, signal: offer };
      await ann.connection.request("call.signal", signal);
      assert.deepEqual(await bob.connection.event("call.signalled"), signal);
      const back: Params<"call.signal"> = { ...signal, from: to, to: from };
      await bob.connection.request("call.signal", back);
      assert.deepEqual(await ann.connection.event("call.signalled"), back);
      await bob.connection.request("call.leave", { callId, participantId: to });
      for (const { connection } of [ann, bob]) await told(connection, ({ state }) => state === "ended");
      for (const { connection } of [ann, bob]) await connection.close();
    });
  });
}
