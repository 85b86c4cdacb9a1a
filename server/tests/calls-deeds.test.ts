import assert from "node:assert/strict";
import { after, afterEach, before, describe, test } from "node:test";
import { type Call, limits, type Result } from "@parley/protocol";
import { turnRelays } from "../src/domain/calls/turn-relays.ts";
import { listedCalls } from "../src/records/call-record.ts";
import { CALLS, callKept, callKey, DUE, userCalls } from "../src/store/keys.ts";
import { caller, callMessages, directChatOf, join, newPart, type Part, signalOf, start } from "./_util/call-people.ts";
import { type DomainNode, startDomain } from "./_util/domain-node.ts";
import type { DomainPeer } from "./_util/domain-peer.ts";
import { DyingStore } from "./_util/dying-store.ts";
import { removeTemporaryFolders, temporaryFolder } from "./_util/folder.ts";
import { Heirs } from "./_util/heirs.ts";
import { MovingClock } from "./_util/moving-clock.ts";
import { type SpawnedServer, spawnServer } from "./_util/node.ts";
import { passTime } from "./_util/passing-time.ts";
import { turnsUntil } from "./_util/patience.ts";
import { openDirect, type Person, registerPerson, resumePerson } from "./_util/person.ts";
import type { RawConnection } from "./_util/raw-connection.ts";
import { type RedisServer, startRedis } from "./_util/redis.ts";
import { outcome } from "./_util/refusal.ts";

/** More than the longest deed takes. */
const WRITES_MAX = 40;
const SECOND_MS = 1_000;
const FAR_MS = 400 * 24 * 3_600_000;

describe("[CALL-1] [NODE-7] a call whose node dies at any write", () => {
  const clock = new MovingClock();
  let heirs: Heirs;

  before(async () => {
    heirs = await Heirs.start(["ann", "bob"], clock);
  });
  afterEach(() => heirs.end());
  after(async () => {
    await heirs?.stop();
    await removeTemporaryFolders();
  });

  interface Scene {
    readonly ann: DomainPeer;
    readonly bob: DomainPeer;
    readonly chatId: string;
    /** Ann's part in it. */
    readonly own: Part;
    readonly bobs: Part;
  }

  const begin = ({ ann, own, chatId }: Scene) => ann.call("call.start", { ...own, chatId, video: false, streams: [] });
  const answer = ({ bob, bobs }: Scene) => bob.call("call.join", { ...bobs, streams: [] });
  const enter = async (dying?: DyingStore) => {
    const { node, peers } = await heirs.next(dying);
    const [ann, bob] = peers;
    if (ann === undefined || bob === undefined) assert.fail();
    return { node, ann, bob };
  };
  const waiting = async () => (await heirs.store.sortedRange(DUE, 0, clock.now() + FAR_MS, 10)).length > 0;
  const pass = async (node: DomainNode, ms: number) => {
    await passTime(clock, [node], ms);
    await turnsUntil(
      async () => (await heirs.store.sortedRange(DUE, 0, clock.now(), 1)).length === 0,
      () => "all that is due to be done",
    );
  };

  /** `again`: what who got no answer does at another node. `outcomes`: those that the message may have; none for no message. */
  async function dieAtEveryWrite(
    prepare: (scene: Scene) => Promise<unknown>,
    deed: (scene: Scene) => Promise<unknown>,
    again: (scene: Scene, told: boolean, at: string) => Promise<unknown>,
    outcomes: readonly (string | undefined)[],
  ): Promise<void> {
    const met = new Set<string | undefined>();
    for (let writes = 0; writes < WRITES_MAX; writes += 1) {
      const at = `after ${writes} writes`;
      const dying = new DyingStore();
      const first = await enter(dying);
      const chatId = await directChatOf(first.ann, first.bob);
      const own = newPart();
      const scene = { ...first, chatId, own, bobs: newPart(own.callId) };
      await prepare(scene);
      dying.dieAfter(writes);
      const told = (await outcome(deed(scene))) === "ok";
      await first.node.services.dispose().catch(() => {});
      const survived = !dying.isDead;
      dying.dieAfter(0);

      const heir = await enter();
      await again({ ...scene, ...heir }, told, at);
      const isOver = async () => {
        await pass(heir.node, 5 * SECOND_MS);
        return !(await waiting());
      };
      await turnsUntil(isOver, () => `the call to have nothing left that is due, ${at}`);
      const found = (await callMessages(heir.bob, chatId)).filter(({ body }) => body.callId === own.callId);
      assert.ok(found.length <= 1, at);
      assert.ok(outcomes.includes(found[0]?.body.outcome), `${found[0]?.body.outcome} ${at}`);
      if (told) assert.equal(found.length, 1, at);
      met.add(found[0]?.body.outcome);
      assert.deepEqual(await listedCalls(heirs.store, 10), [], at);
      assert.deepEqual((await heir.bob.call("call.list", {})).calls, [], at);
      // A call that never began is found out when somebody is asked whether they are busy.
      if (found.length === 1) {
        for (const { userId } of [heir.ann, heir.bob]) {
          assert.equal((await heirs.store.hashGetAll(userCalls(userId)))[own.callId], undefined, at);
        }
      }
      await pass(heir.node, 3_700 * SECOND_MS);
      assert.equal(await heirs.store.exists(callKey(own.callId)), false, at);
      await heir.node.services.dispose();
      if (survived) {
        assert.deepEqual(met, new Set(outcomes));
        return;
      }
    }
    assert.fail("The deed takes more writes than are tried");
  }

  const nothing = async () => {};
  const startAgain = async (scene: Scene, _told: boolean, at: string) => {
    const { call } = await begin(scene);
    assert.deepEqual([call.callId, call.state], [scene.own.callId, "ringing"], at);
  };

  test("while it starts: started again it is the same call, and it rings for nobody for ever", async () => {
    await dieAtEveryWrite(nothing, begin, startAgain, ["missed"]);
    await dieAtEveryWrite(nothing, begin, nothing, [undefined, "missed"]);
  });

  test("while somebody joins: joined again it is one participant", async () => {
    const joinAgain = async (scene: Scene, _told: boolean, at: string) => {
      const { call } = await answer(scene);
      assert.equal(call.participants.length, 2, at);
      assert.equal(call.state, "active", at);
    };
    await dieAtEveryWrite(begin, answer, joinAgain, ["finished"]);
    await dieAtEveryWrite(begin, answer, nothing, ["missed", "finished"]);
  });

  test("while somebody hangs up, cancels or refuses: there is one message, with what came of it", async () => {
    const hangUp = ({ ann, own }: Scene) => ann.call("call.leave", own);
    const talking = async (scene: Scene) => {
      await begin(scene);
      await answer(scene);
    };
    await dieAtEveryWrite(talking, hangUp, nothing, ["finished"]);
    await dieAtEveryWrite(begin, hangUp, nothing, ["missed", "cancelled"]);
    const refuse = ({ bob, own }: Scene) => bob.call("call.refuse", { callId: own.callId, why: "refused" });
    await dieAtEveryWrite(begin, refuse, nothing, ["missed", "refused"]);
  });

  test("while it does what is due: it is done by the next one", async () => {
    await dieAtEveryWrite(
      begin,
      async ({ own }) => {
        // The node may die in the middle, and then nothing is due to it any more.
        for (let seconds = 0; seconds < 60; seconds += 1) {
          clock.forward(SECOND_MS);
          for (let turn = 0; turn < 5; turn += 1) await new Promise(setImmediate);
        }
        const ended = (await heirs.store.listRange(callKey(own.callId), 0, 9)).some((text) =>
          text.includes("unanswered"),
        );
        if (!ended) throw new Error("dead");
      },
      nothing,
      ["missed"],
    );
  });
});

describe("[CALL-1] [NODE-7] a call whose node saw it through", () => {
  const clock = new MovingClock();
  let heirs: Heirs;
  before(async () => {
    heirs = await Heirs.start(["ann", "bob"], clock);
  });
  after(async () => {
    await heirs?.end();
    await heirs?.stop();
    await removeTemporaryFolders();
  });

  async function seeThrough() {
    const { node, peers } = await heirs.next();
    const [ann, bob] = peers as [DomainPeer, DomainPeer];
    const chatId = await directChatOf(ann, bob);
    const own = await start(ann, chatId);
    await ann.call("call.keep", own);
    const begun = await heirs.store.listRange(callKey(own.callId), 0, 9);
    await ann.call("call.leave", own);
    await turnsUntil(
      async () => (await listedCalls(heirs.store, 1)).length === 0,
      () => "the call to be seen through",
    );
    await turnsUntil(
      async () => Object.keys(await heirs.store.hashGetAll(userCalls(ann.userId))).length === 0,
      () => "nobody to be in it",
    );
    return { ...own, node, ann, bob, chatId, begun };
  }

  test("is looked at once more, and forgotten an hour after that", async () => {
    const { node, callId } = await seeThrough();
    await passTime(clock, [node], 60 * SECOND_MS);
    await turnsUntil(
      async () => (await heirs.store.sortedRange(DUE, 0, clock.now() + FAR_MS, 1)).length === 0,
      () => "the look to be over",
    );
    assert.equal(await heirs.store.exists(callKey(callId)), true);
    await passTime(clock, [node], 3_600 * SECOND_MS);
    for (const key of [callKey(callId), callKept(callId)]) assert.equal(await heirs.store.exists(key), false, key);
    await node.services.dispose();
  });

  test("ends once more where the store has lost the end", async () => {
    const { node, callId, chatId, ann, bob, begun } = await seeThrough();
    await heirs.store.delete(callKey(callId));
    for (const fact of begun) await heirs.store.listPush(callKey(callId), fact);
    await heirs.store.sortedAdd(CALLS, clock.now(), `${chatId}:${callId}`);
    // As for any new epoch of the store.
    node.services.calls.known.forget();
    assert.equal((await bob.call("call.list", {})).calls.length, 1);
    await passTime(clock, [node], 60 * SECOND_MS);
    await turnsUntil(
      async () => (await listedCalls(heirs.store, 1)).length === 0,
      () => "the call to be over",
    );
    assert.equal((await ann.call("call.get", { callId })).call.state, "ended");
    assert.equal((await callMessages(ann, chatId)).filter(({ body }) => body.callId === callId).length, 1);
    await node.services.dispose();
  });
});

describe("[CALL-1] [NODE-7] a call over several nodes", () => {
  const clock = new MovingClock();
  let redis: RedisServer;
  before(async () => {
    redis = await startRedis();
  });
  after(async () => {
    await redis?.stop();
    await removeTemporaryFolders();
  });

  test("leaders that overlap look at it as often as they like: it ends once", async () => {
    const nodes = await Promise.all(Array.from({ length: 2 }, () => startDomain({ location: redis.url, clock })));
    const [here, there] = nodes as [DomainNode, DomainNode];
    const [ann, bob] = [await caller(here), await caller(there)];
    const chatId = await directChatOf(ann, bob);
    const { callId } = await start(ann, chatId);
    await join(bob, callId);
    const name = `${callId}:${chatId}:0`;
    const look = () => Promise.all([...nodes, ...nodes, ...nodes].map((node) => node.services.calls.watch.look(name)));
    await look();
    const looks = async () =>
      (await here.store.sortedRange(DUE, 0, clock.now() + FAR_MS, 50)).filter((one) => one.includes(callId));
    assert.deepEqual((await looks()).sort(), [`call:${name}`, `call:${callId}:${chatId}:1`], "they set one next look");
    await passTime(clock, nodes, 120 * SECOND_MS);
    await look();
    for (const peer of [ann, bob]) {
      await peer.event("call.changed", ({ call }) => call.callId === callId && call.state === "ended");
    }
    await look();
    assert.equal((await callMessages(ann, chatId)).length, 1);
    await Promise.all(nodes.map((node) => node.stop()));
  });

  test("[CALL-2] with a relay, addresses are hidden from who is no contact, as the person wishes", async () => {
    const relays = turnRelays(
      ["turn:relay.example", "turns:relay.example:443"],
      "a secret that both of them know, alone",
    );
    const node = await startDomain({ location: redis.url, clock, relays });
    const [ann, bob, cid] = [await caller(node), await caller(node), await caller(node)];
    await ann.call("contact.request", { userId: bob.userId });
    await bob.call("contact.answer", { userId: ann.userId, answer: "accept" });
    const { chatId } = (await ann.call("chat.createGroup", { name: "g", members: [bob.userId, cid.userId] })).chat;
    const own = newPart();
    const started = { ...own, chatId, video: false, streams: [], invited: [bob.userId] };
    const { ice } = await ann.call("call.start", started);
    const [server] = ice.servers;
    assert.deepEqual(server?.urls, [
      "turn:relay.example:3478?transport=udp",
      "turn:relay.example:3478?transport=tcp",
      "turns:relay.example:443?transport=tcp",
    ]);
    assert.match(server?.username ?? "", /^\d+:/);
    assert.ok(!server?.username?.includes(ann.userId), "the relay does not learn who it is");
    assert.ok(ice.expiresAt - clock.now() <= limits.CALL_ICE_MS && ice.expiresAt > clock.now());
    const isHidden = async () => (await ann.call("call.ice", own)).ice.relayOnly;
    assert.deepEqual([ice.relayOnly, await isHidden()], [false, false], "with contacts");
    const joined = await cid.call("call.join", { ...newPart(own.callId), streams: [] });
    assert.deepEqual([joined.ice.relayOnly, await isHidden()], [true, true], "somebody else has come");
    assert.notEqual(joined.ice.servers[0]?.username?.split(":")[1], server?.username?.split(":")[1]);
    await ann.call("settings.set", { key: "calls.relay", value: '"never"' });
    assert.equal(await isHidden(), false);
    await ann.call("settings.set", { key: "calls.relay", value: '"always"' });
    assert.equal(await isHidden(), true);
    await node.stop();
  });

  type Joined = Result<"call.join">;
  const ask = async <T>(connection: RawConnection, method: string, params: object) =>
    (await connection.request(method as never, params)) as T;

  /** `again`: what is there after the kill, for somebody who was connected to what is gone. */
  async function survive(
    ann: Person,
    bob: Person,
    kill: () => Promise<void>,
    again: (person: Person) => Promise<RawConnection>,
  ) {
    const chatId = await openDirect(ann, bob);
    const own = newPart();
    const bobs = newPart(own.callId);
    const started = { ...own, chatId, video: false, streams: [] };
    await ask<Joined>(ann.connection, "call.start", started);
    await kill();
    const callee = await again(bob);
    const listed = await ask<{ calls: Call[] }>(callee, "call.list", {});
    assert.deepEqual(
      listed.calls.map(({ callId, state }) => [callId, state]),
      [[own.callId, "ringing"]],
    );
    const { call } = await ask<Joined>(callee, "call.join", { ...bobs, streams: [] });
    assert.equal(call.state, "active");
    const caller = await again(ann);
    assert.equal((await ask<Joined>(caller, "call.start", started)).call.participants.length, 2);
    await ask(callee, "call.signal", signalOf(bobs, own));
    await caller.event("call.signalled", ({ from }: { from: string }) => from === bobs.participantId);
    return { chatId, own, bobs, caller, callee };
  }

  test("kill -9 of the caller's node while it rings, and while they talk", { timeout: 120_000 }, async () => {
    const args = ["--store", redis.url, "--drain", "0"];
    const spawn = () => spawnServer(args, { PARLEY_SECRET: "of these nodes alone, which live for a minute" });
    const [west, ...east]: SpawnedServer[] = [await spawn(), await spawn(), await spawn()];
    const [first, second] = east;
    if (west === undefined || first === undefined || second === undefined) assert.fail();
    const [ann, bob] = [await registerPerson(first.wsUrl), await registerPerson(west.wsUrl)];
    const { chatId, own, bobs, caller, callee } = await survive(
      ann,
      bob,
      () => first.kill(),
      (person) => resumePerson(person === ann ? second.wsUrl : west.wsUrl, person),
    );
    await second.kill();
    assert.equal((await ask<{ call: Call }>(callee, "call.get", { callId: own.callId })).call.state, "active");
    await ask(callee, "call.keep", bobs);
    const back = await resumePerson(west.wsUrl, ann);
    await ask(back, "call.keep", own);
    await ask(back, "call.signal", signalOf(own, bobs));
    await callee.event("call.signalled", ({ from }: { from: string }) => from === own.participantId);
    await ask(back, "call.leave", own);
    const { messages } = await ask<Result<"message.history">>(back, "message.history", { chatId, limit: 10 });
    assert.deepEqual(
      messages.flatMap((one) => (one.kind === "call" ? [one.body.outcome] : [])),
      ["finished"],
    );
    await Promise.all([caller, callee, back].map((connection) => connection.close()));
    assert.equal(await west.stop(), 0);
  });

  test("kill -9 of the only node while it rings, and while they talk", { timeout: 120_000 }, async () => {
    const data = await temporaryFolder();
    let server = await spawnServer(["--data", data]);
    const [ann, bob] = [await registerPerson(server.wsUrl), await registerPerson(server.wsUrl)];
    const restart = async () => {
      await server.kill();
      server = await spawnServer(["--data", data]);
    };
    const { own, bobs } = await survive(ann, bob, restart, (person) => resumePerson(server.wsUrl, person));
    await restart();
    const connection = await resumePerson(server.wsUrl, bob);
    await ask(connection, "call.keep", bobs);
    const { call } = await ask<{ call: Call }>(connection, "call.get", { callId: own.callId });
    assert.deepEqual([call.state, call.participants.length], ["active", 2]);
    await connection.close();
    assert.equal(await server.stop(), 0);
  });
});
