import assert from "node:assert/strict";
import { test } from "node:test";
import type { Notice } from "@parley/protocol";
import { MemoryStore } from "../../tests/_util/memory-kv.ts";
import { PROMPT } from "../../tests/_util/memory-link.ts";
import { VirtualTime } from "../../tests/_util/virtual-time.ts";
import { createLocalBus } from "../bus/local.ts";
import { createLog } from "../log.ts";
import { writeChat } from "../records/chat-record.ts";
import { monthOf, pushNotice } from "../records/inbox.ts";
import { writeGone, writeJoined } from "../records/membership.ts";
import { chatLog, sessionKey, userChats } from "../store/keys.ts";
import type { Kv } from "../store/kv.ts";
import type { EncodedEvent, Peer } from "./caller.ts";
import { Live } from "./live.ts";

const CHAT = "c".repeat(26);
const BOB = "b".repeat(26);
/** Two of the looks that a node takes by itself. */
const LOOKS_MS = 45_000;

const lostIf = (lost: boolean) => (lost ? Number.POSITIVE_INFINITY : 0);

/** A node with one person at it, and another way to the same store. `lateMs`: of a command; Infinity: it is lost. */
async function nodeOf(lateMs: (name: string, key: string) => number = () => 0) {
  const time = new VirtualTime();
  const memory = new MemoryStore(time);
  const well = memory.connect();
  const fate = (name: string, key: string) => ({ ...PROMPT, thereMs: lateMs(name, key) });
  const anew: string[] = [];
  const live = new Live({
    store: memory.connect({ clock: time, fate }),
    bus: createLocalBus(),
    clock: time,
    log: createLog("silent"),
    nodeId: "node",
    standing: () => ({ url: null, connections: 0, lagMs: 0 }),
    onGone: async () => {},
    touch: async () => true,
    visible: async () => new Set(),
    calls: {
      heard: ({ version }) => version >= 2,
      tellAnew: async (callId) => void anew.push(callId),
      catchUp: async () => {},
    },
  });
  await live.start();
  await well.set(sessionKey("session"), "1");
  await writeChat(well, CHAT, { kind: "group", createdAt: 1, name: "x" });
  return { time, memory, well, live, anew, bob: new ListeningPeer() };
}

class ListeningPeer implements Peer {
  readonly id: number;
  readonly address = "192.0.2.1";
  readonly host = "parley.test";
  readonly secure = false;
  readonly channelBinding = new Uint8Array(32);
  readonly session: { readonly userId: string; readonly deviceId: string; readonly sessionId: string };
  readonly #events: { method: string; params: { seq?: number; chatId?: string; call?: { version: number } } }[] = [];

  constructor(id = 1, userId = BOB) {
    this.id = id;
    this.session = { userId, deviceId: "device", sessionId: "session" };
  }

  closed: string | null = null;

  signIn(): void {}
  close(why: string): void {
    this.closed ??= why;
  }

  push({ line }: EncodedEvent): void {
    this.#events.push(JSON.parse(Buffer.from(line).toString()));
  }

  /** Entries of the chat that it was told. */
  get seqs(): (number | undefined)[] {
    return this.#events.filter(({ method }) => method === "message.new").map(({ params }) => params.seq);
  }

  get callVersions(): (number | undefined)[] {
    return this.#events.filter(({ method }) => method === "call.changed").map(({ params }) => params.call?.version);
  }
}

const text = (body: object, kind = "text") =>
  JSON.stringify({ sender: "a".repeat(26), clientId: "00000000-0000-4000-8000-000000000000", sentAt: 1, kind, body });

/** The entry is told as by the node that has appended it. */
async function say(store: Kv, live: Live, entry: string): Promise<void> {
  const seq = await store.listPush(chatLog(CHAT), entry);
  live.announce({ kind: "entry", chatId: CHAT, seq, text: entry });
}

async function joins(store: Kv, seq: number): Promise<void> {
  await writeJoined(store, CHAT, { userId: BOB, role: "member", joinedSeq: seq }, null);
}

test("[S9] whose removal was lost with the tail of the store hears what is said from then on", async () => {
  const { time, memory, well, live, bob } = await nodeOf();
  await say(well, live, text({ event: "created", name: "x", members: [] }, "system"));
  await joins(well, 1);
  live.attach(bob);
  await live.ready(bob);
  const takeOver = memory.breakReplication();
  await say(well, live, text({ event: "removed", userId: BOB }, "system"));
  await writeGone(well, CHAT, BOB, 2);
  await say(well, live, text({ text: "not for Bob" }));
  assert.deepEqual(bob.seqs, [2]);
  takeOver("memory-2", () => 5);
  await time.run(100);
  live.epochChanged("2");
  await live.ready(bob);
  await say(well, live, text({ text: "for Bob" }));
  assert.deepEqual(bob.seqs, [2, 2]);
  await live.stop();
});

test("[S8] whose coming was lost with the tail of the store hears nothing more, also when nobody pulls", async () => {
  const { time, memory, well, live, bob } = await nodeOf();
  await say(well, live, text({ event: "created", name: "x", members: [] }, "system"));
  const takeOver = memory.breakReplication();
  await say(well, live, text({ event: "added", userId: BOB }, "system"));
  await joins(well, 2);
  live.attach(bob);
  await live.ready(bob);
  await say(well, live, text({ text: "for Bob" }));
  assert.deepEqual(bob.seqs, [3]);
  takeOver("memory-2", () => 5);
  await time.run(100);
  live.epochChanged("2");
  for (let said = 0; said < 5; said++) await say(well, live, text({ text: "not for Bob" }));
  await time.run(LOOKS_MS);
  await say(well, live, text({ text: "not for Bob" }));
  assert.deepEqual(bob.seqs, [3]);
  await live.stop();
});

test("[S3] who could not be let in when they were told of a chat hears of it with the next look", async () => {
  let failing = false;
  const { time, well, live, bob } = await nodeOf((name, key) =>
    lostIf(failing && name !== "sortedAdd" && key.includes(CHAT)),
  );
  live.attach(bob);
  await live.ready(bob);
  await say(well, live, text({ event: "created", name: "x", members: [] }, "system"));
  await joins(well, 1);
  const notice: Notice = { kind: "joined", chatId: CHAT, seq: 1 };
  const month = monthOf(time.now());
  const number = await pushNotice(well, BOB, month, JSON.stringify(notice));
  failing = true;
  live.announce({ kind: "notice", userId: BOB, month, number, text: JSON.stringify(notice) });
  await time.run(10_000);
  failing = false;
  await say(well, live, text({ text: "for Bob" }));
  assert.deepEqual(bob.seqs, []);
  await time.run(LOOKS_MS);
  assert.deepEqual(bob.seqs, [1, 2]);
  await live.stop();
});

test("[S5] who is let in once more, as a member, is told of it once", async () => {
  const { time, well, live, bob } = await nodeOf();
  await say(well, live, text({ event: "created", name: "x", members: [BOB] }, "system"));
  await joins(well, 1);
  live.attach(bob);
  await live.ready(bob);
  await say(well, live, text({ event: "added", userId: BOB }, "system"));
  const notice = JSON.stringify({ kind: "joined", chatId: CHAT, seq: 2 } satisfies Notice);
  const month = monthOf(time.now());
  const number = await pushNotice(well, BOB, month, notice);
  live.announce({ kind: "notice", userId: BOB, month, number, text: notice });
  await time.run(10_000);
  await say(well, live, text({ text: "for Bob" }));
  assert.deepEqual(bob.seqs, [2, 3]);
  await live.stop();
});

test("[S5] who is told late of an earlier membership hears nothing of it again", async () => {
  const { time, well, live, bob } = await nodeOf();
  live.attach(bob);
  await live.ready(bob);
  const month = monthOf(time.now());
  const told = async (seq: number) => {
    const notice = JSON.stringify({ kind: "joined", chatId: CHAT, seq } satisfies Notice);
    const number = await pushNotice(well, BOB, month, notice);
    live.announce({ kind: "notice", userId: BOB, month, number, text: notice });
    await time.run(10_000);
  };
  await say(well, live, text({ event: "created", name: "x", members: [] }, "system"));
  await joins(well, 1);
  await told(1);
  await say(well, live, text({ event: "removed", userId: BOB }, "system"));
  await writeGone(well, CHAT, BOB, 2);
  // Somebody else keeps the room open on this node.
  const cas = new ListeningPeer(2, "c".repeat(26));
  await writeJoined(well, CHAT, { userId: cas.session.userId, role: "member", joinedSeq: 1 }, null);
  live.attach(cas);
  await live.ready(cas);
  await say(well, live, text({ event: "added", userId: BOB }, "system"));
  await joins(well, 3);
  await told(1);
  await told(3);
  await say(well, live, text({ text: "for Bob" }));
  assert.deepEqual(bob.seqs, [1, 2, 3, 4]);
  await live.stop();
});

test("[S5] who is let in while everybody else leaves hears what they missed once", async () => {
  const { time, well, live, bob } = await nodeOf((name) => (name === "listRange" ? 100 : 0));
  await say(well, live, text({ event: "created", name: "x", members: [] }, "system"));
  const cas = new ListeningPeer(2, "c".repeat(26));
  await writeJoined(well, CHAT, { userId: cas.session.userId, role: "member", joinedSeq: 1 }, null);
  live.attach(bob);
  live.attach(cas);
  await live.ready(cas);
  await say(well, live, text({ event: "added", userId: BOB }, "system"));
  await joins(well, 2);
  const notice = JSON.stringify({ kind: "joined", chatId: CHAT, seq: 2 } satisfies Notice);
  const month = monthOf(time.now());
  const number = await pushNotice(well, BOB, month, notice);
  live.announce({ kind: "notice", userId: BOB, month, number, text: notice });
  // What the room has delivered before is on its way from the store.
  await time.run(50);
  live.detach(cas);
  await time.run(10_000);
  await say(well, live, text({ text: "for Bob" }));
  assert.deepEqual(bob.seqs, [2, 3]);
  await live.stop();
});

test("[S8] whose session has ended is closed, also when their chats cannot be read", async () => {
  const { time, well, live, bob } = await nodeOf((_, key) => lostIf(key === userChats(BOB)));
  await well.delete(sessionKey(bob.session.sessionId));
  live.attach(bob);
  await time.run(10_000);
  assert.equal(bob.closed, "session_revoked");
  await live.stop();
});

test("[S8] whose session cannot be looked up is to come back", async () => {
  const { time, live, bob } = await nodeOf((_, key) => lostIf(key === sessionKey("session")));
  live.attach(bob);
  await time.run(10_000);
  assert.equal(bob.closed, "rate_limited");
  await live.stop();
});

test("whose chats change whenever they are looked at is not looked at for ever", async () => {
  let looks = 0;
  const { well, live, bob } = await nodeOf((name, key) => {
    // Another chat more, each time between the two looks.
    if (name === "hashLength" && key === userChats(BOB)) void well.hashSet(key, `x#${++looks}`, "1:gone");
    return 0;
  });
  live.attach(bob);
  await assert.rejects(live.ready(bob), /changes all the time/);
  assert.ok(looks > 1);
  await live.stop();
});

test("[CALL-1] an earlier state of a call that comes late reaches nobody", async () => {
  const { live, bob, anew } = await nodeOf();
  live.attach(bob);
  await live.ready(bob);
  const call = { kind: "call", chatId: CHAT, callId: "call", people: [BOB] } as const;
  live.message({ ...call, version: 2, text: '{"version":2}' });
  live.message({ ...call, version: 1, text: '{"version":1}' });
  assert.deepEqual(bob.callVersions, [2]);
  assert.deepEqual(anew, ["call"]);
  await live.stop();
});
