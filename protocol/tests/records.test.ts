import assert from "node:assert/strict";
import { test } from "node:test";
import { nodeCrypto } from "../src/secure/crypto-node.ts";
import { encodeInner } from "../src/secure/inner.ts";
import { KEY_MAX_BYTES, KEY_MAX_RECORDS, recordNonce, Traffic } from "../src/secure/traffic.ts";
import { INNER, INNER_MAX_BYTES, RECORD_MAX_BYTES } from "../src/secure/wire.ts";
import {
  carry,
  client,
  failure,
  flipped,
  isOpen,
  ManualClock,
  openPair,
  random,
  server,
  serverSettings,
  texts,
} from "./channel-rig.ts";
import { rawClient, rawOpenClient, rawServer } from "./raw-peer.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

test("[R3] a replayed, reordered, dropped, reflected or flipped record ends the connection", async () => {
  const attacks: Record<string, (frames: Uint8Array[], back: Uint8Array) => Uint8Array[]> = {
    replay: ([first]) => [first as Uint8Array, first as Uint8Array],
    reorder: (frames) => frames.toReversed(),
    drop: (frames) => frames.slice(1),
    reflect: (_, back) => [back],
    "flip in the ciphertext": ([first]) => [flipped(first as Uint8Array, 30)],
    "flip in the tag": ([first]) => [flipped(first as Uint8Array, (first as Uint8Array).length * 8 - 1)],
    "cut off": ([first]) => [(first as Uint8Array).subarray(0, -1)],
    "shorter than a tag": ([first]) => [(first as Uint8Array).subarray(0, 9)],
    "another epoch": ([first]) => [flipped(first as Uint8Array, 8)],
  };
  for (const [name, attack] of Object.entries(attacks)) {
    const { left, right } = await openPair();
    left.channel.sendText("one");
    left.channel.sendText("two");
    right.channel.sendLines([bytes("uno")]);
    right.channel.sendLines([bytes("due")]);
    const [up, down] = [left.frames.splice(0), right.frames.splice(0)];
    for (const frame of attack(up, down[0] as Uint8Array)) right.channel.receive(frame);
    for (const frame of attack(down, up[0] as Uint8Array)) left.channel.receive(frame);
    assert.equal(failure(right), "decrypt_failed", name);
    assert.equal(failure(left), "decrypt_failed", name);
    assert.ok(texts(right).length <= 1 && texts(left).length <= 1, name);
  }
});

test("[R3] a record of one connection is nothing on another", async () => {
  const { left } = await openPair();
  const { right } = await openPair();
  left.channel.sendText("lost");
  right.channel.receive(left.frames.shift() as Uint8Array);
  assert.equal(failure(right), "decrypt_failed");
});

test("[R3] after the end nothing more is said or heard", async () => {
  const { left, right } = await openPair();
  left.channel.sendText("one");
  right.channel.receive(flipped(left.frames.shift() as Uint8Array, 40));
  const events = right.events.length;
  right.frames.length = 0;
  left.channel.sendText("two");
  for (const frame of left.frames.splice(0)) right.channel.receive(frame);
  right.channel.sendLines([bytes("three")]);
  right.channel.ping();
  right.channel.close("normal");
  assert.equal(right.events.length, events);
  assert.deepEqual(right.frames, []);
});

test("[R2] the sequence number carries beyond 32 bits", () => {
  const iv = new Uint8Array(12);
  const nonce = (seq: number) => Buffer.from(recordNonce(iv, seq, new Uint8Array(12))).toString("hex");
  assert.equal(nonce(0), "000000000000000000000000");
  assert.equal(nonce(2 ** 32 - 1), "0000000000000000ffffffff");
  assert.equal(nonce(2 ** 32), "000000000000000100000000");
  assert.equal(nonce(2 ** 53 - 1), "00000000001fffffffffffff");
});

test("[R8] the largest record passes, one byte more does not", async () => {
  const right = server(serverSettings());
  const peer = await rawOpenClient(right);
  right.channel.signedIn();
  const frame = peer.seal(encodeInner(INNER.appBinary, random.bytes(INNER_MAX_BYTES - 2)));
  assert.equal(frame.length, RECORD_MAX_BYTES);
  assert.equal(RECORD_MAX_BYTES, 65_554);
  right.channel.receive(frame);
  assert.equal(right.events.at(-1)?.type, "binary");
  right.channel.receive(peer.seal(encodeInner(INNER.appBinary, random.bytes(INNER_MAX_BYTES - 1))));
  assert.equal(failure(right), "too_big");
});

test("[R7] long messages travel in fragments, and control records may come between", async () => {
  const { left, right } = await openPair();
  right.channel.signedIn();
  const long = "0123456789".repeat(30_000);
  assert.equal(left.channel.sendText(long), true);
  assert.equal(left.frames.length, 5);
  carry(left, right);
  assert.deepEqual(texts(right), [long]);
  right.channel.sendLines([bytes("short"), bytes(long), bytes("tail")]);
  carry(left, right);
  assert.deepEqual(texts(left), ["short", long, "tail"]);

  const other = server(serverSettings());
  const raw = await rawOpenClient(other);
  other.channel.receive(raw.sealBody(INNER.appText, bytes("he"), true));
  other.channel.receive(raw.sealBody(INNER.ping, random.bytes(8)));
  other.channel.receive(raw.sealBody(INNER.appText, bytes("llo")));
  assert.deepEqual(texts(other), ["hello"]);
  assert.equal(raw.open(other.frames.shift() as Uint8Array)[0], INNER.pong);
});

test("[R7] [R8] fragments that cannot be are refused", async () => {
  const half = (peer: Awaited<ReturnType<typeof rawOpenClient>>) => peer.sealBody(INNER.appText, bytes("x"), true);
  const cases: Record<string, [string, (peer: Awaited<ReturnType<typeof rawOpenClient>>) => Uint8Array[]]> = {
    "two types": ["protocol_violation", (peer) => [half(peer), peer.sealBody(INNER.appBinary, [1])]],
    "an empty fragment": ["protocol_violation", (peer) => [peer.sealBody(INNER.appText, [], true)]],
    "a control record in parts": ["protocol_violation", (peer) => [peer.sealBody(INNER.ping, random.bytes(8), true)]],
    "more than max_message": [
      "too_big",
      (peer) => [1, 2, 3].map(() => peer.sealBody(INNER.appBinary, random.bytes(400), true)),
    ],
  };
  for (const [name, [reason, frames]] of Object.entries(cases)) {
    const right = server(serverSettings({ maxMessage: 1000 }));
    const peer = await rawOpenClient(right);
    for (const frame of frames(peer)) right.channel.receive(frame);
    assert.equal(failure(right), reason, name);
  }
});

test("[R5] padding hides the length, and only zeros inside the record are padding", async () => {
  const { left, right } = await openPair();
  for (const text of ["a", "ab".repeat(20), "x".repeat(60), "x".repeat(61)]) {
    left.channel.sendText(text, 64);
    right.channel.sendLines([bytes(text)], 64);
    for (const rig of [left, right]) assert.equal(((rig.frames[0] as Uint8Array).length - 18) % 64, 0);
    carry(left, right);
    assert.equal(texts(right).at(-1), text);
    assert.equal(texts(left).at(-1), text);
  }
  const broken = { "not zero": [0x10, 2, 0, 1, 7, 0x61], "too long": [0x10, 2, 0, 9, 0], "cut off": [0x10, 2, 0] };
  for (const [name, inner] of Object.entries(broken)) {
    const other = server(serverSettings());
    const peer = await rawOpenClient(other);
    other.channel.receive(peer.seal(Uint8Array.from(inner)));
    assert.equal(failure(other), "bad_frame", name);
  }
});

test("[R4] [R6] [R14] records that a client may not send", async () => {
  const cases: Record<string, [string, number[]]> = {
    "an empty record": ["bad_frame", []],
    "unknown flags": ["bad_frame", [0x10, 4, 0x61]],
    "an unknown type": ["protocol_violation", [0x33, 0]],
    "READY from a client": ["protocol_violation", [INNER.ready, 0]],
    "TICKET from a client": ["protocol_violation", [INNER.ticket, 0]],
    "FINISHED again": ["protocol_violation", [INNER.finished, 0, ...new Uint8Array(32)]],
    "a PING of 7 bytes": ["bad_frame", [INNER.ping, 0, 1, 2, 3, 4, 5, 6, 7]],
    "a KEY_UPDATE of 2": ["bad_frame", [INNER.keyUpdate, 0, 2]],
    "a CLOSE_NOTIFY without a code": ["bad_frame", [INNER.closeNotify, 0, 1]],
    "text that is not UTF-8": ["bad_frame", [INNER.appText, 0, 0xff, 0xfe]],
  };
  for (const [name, [reason, inner]] of Object.entries(cases)) {
    const right = server(serverSettings());
    const peer = await rawOpenClient(right);
    right.channel.receive(peer.seal(Uint8Array.from(inner)));
    assert.equal(failure(right), reason, name);
  }
});

test("[R6] [H17] records that a server may not send", async () => {
  const settings = serverSettings();
  const cases: Record<string, number[][]> = {
    "text before READY": [[INNER.appText, 0, 0x61]],
    "READY twice": [
      [INNER.ready, 0],
      [INNER.ready, 0],
    ],
    "FINISHED from a server": [
      [INNER.ready, 0],
      [INNER.finished, 0],
    ],
  };
  for (const [name, inners] of Object.entries(cases)) {
    const left = await client();
    left.channel.start();
    const peer = await rawServer(left, settings);
    for (const inner of inners) left.channel.receive(peer.seal(Uint8Array.from(inner)));
    assert.equal(failure(left), "protocol_violation", name);
  }
});

test("[H17] READY may leave everything out and may say what nobody knows yet", async () => {
  const settings = serverSettings();
  for (const body of [[], [0x7f, 0x01, 0, 2, 1, 1]]) {
    const left = await client();
    left.channel.start();
    const peer = await rawServer(left, settings);
    left.channel.receive(peer.sealBody(INNER.ready, body));
    const { ready } = await left.when("open");
    assert.equal(ready.maxMessage, 1024 * 1024);
    assert.equal(ready.requireImsc, false);
  }
});

test("[H16] FINISHED is checked before anything else is heard", async () => {
  const early = server(serverSettings());
  const { peer } = await rawClient(early);
  early.channel.receive(peer.sealBody(INNER.appText, bytes("early")));
  assert.equal(failure(early), "protocol_violation");

  const wrong = server(serverSettings());
  const other = await rawClient(wrong);
  wrong.channel.receive(other.peer.sealBody(INNER.finished, flipped(other.finished, 5)));
  assert.equal(failure(wrong), "bad_finished");
  assert.equal(isOpen(wrong), false);
});

test("[R11] PING is answered inside, in both directions", async () => {
  const { left, right } = await openPair();
  const heard = right.events.length;
  left.channel.ping();
  right.channel.ping();
  carry(left, right);
  assert.equal(right.events.length, heard);
  assert.equal(left.events.at(-1)?.type, "alive");
  assert.equal(failure(left) ?? failure(right), undefined);
});

test("[R9] either side changes its key on its own account, in the middle of a message too", async () => {
  const rekey = { records: 3, bytes: 1000, ms: 60_000 };
  const clock = new ManualClock();
  const { left, right } = await openPair({ client: { rekey, clock }, server: { rekey, clock } });
  right.channel.signedIn();
  const sent: string[] = [];
  for (let i = 0; i < 12; i++) {
    sent.push(`${i}`.repeat(i));
    left.channel.sendText(sent[i] as string);
    right.channel.sendLines([bytes(sent[i] as string)]);
  }
  const epochs = new Set(left.frames.map((frame) => frame[1]));
  assert.ok(epochs.size >= 4);
  carry(left, right);
  assert.deepEqual(texts(right), sent);
  assert.deepEqual(texts(left), sent);

  const quiet = await openPair({ client: { rekey, clock } });
  clock.advance(60_000);
  quiet.left.channel.sendText("late");
  assert.equal(quiet.left.frames.length, 2, "KEY_UPDATE and the text");
  carry(quiet.left, quiet.right);
  assert.deepEqual(texts(quiet.right), ["late"]);
});

test("[R9] a peer may ask us to change our key as well, 16 times a minute", async () => {
  const clock = new ManualClock();
  const right = server(serverSettings({ clock }));
  const peer = await rawOpenClient(right);
  for (let i = 0; i < 16; i++) {
    right.channel.receive(peer.sealBody(INNER.keyUpdate, [1]));
    peer.sending.ratchet(0);
    assert.equal(peer.open(right.frames.shift() as Uint8Array)[0], INNER.keyUpdate);
    peer.receiving.ratchet(0);
  }
  right.channel.receive(peer.sealBody(INNER.keyUpdate, [1]));
  assert.equal(failure(right), "rate_limited");
});

test("[R9] a record under the old key after KEY_UPDATE is refused", async () => {
  const right = server(serverSettings());
  const peer = await rawOpenClient(right);
  right.channel.receive(peer.sealBody(INNER.keyUpdate, [0]));
  right.channel.receive(peer.sealBody(INNER.appText, bytes("old")));
  assert.equal(failure(right), "decrypt_failed");
});

test("[R10] nobody goes on with a key after 2^22 records or 16 GiB, nor beyond epoch 255", () => {
  const fresh = () => new Traffic(nodeCrypto, new Uint8Array(32), 0);
  const nonce = new Uint8Array(12);
  const records = fresh();
  for (let i = 0; i < KEY_MAX_RECORDS; i++) records.next(1, nonce);
  assert.throws(() => records.next(1, nonce), { reason: "key_limit" });
  const large = fresh();
  for (let sent = 0; sent < KEY_MAX_BYTES; sent += 2 ** 30) large.next(2 ** 30, nonce);
  assert.throws(() => large.next(1, nonce), { reason: "key_limit" });
  const epochs = fresh();
  for (let i = 0; i < 255; i++) epochs.ratchet(0);
  assert.throws(() => epochs.ratchet(0), { reason: "key_limit" });
});

test("[R12] CLOSE_NOTIFY carries code and words, and nothing follows it", async () => {
  const { left, right } = await openPair();
  right.channel.sendLines([bytes("last words")]);
  right.channel.close("restart", '{"after":100,"spread":2000}');
  assert.deepEqual(right.events.at(-1), {
    type: "closed",
    reason: "restart",
    detail: '{"after":100,"spread":2000}',
  });
  carry(left, right);
  assert.deepEqual(texts(left), ["last words"]);
  assert.deepEqual(left.events.at(-1), { type: "closing", code: 4150, reason: '{"after":100,"spread":2000}' });
  assert.equal(left.channel.sendText("too late"), false);
});

test("[L4] the reason of a failure stays in our log: the peer gets the code alone", async () => {
  const right = server(serverSettings());
  const peer = await rawOpenClient(right);
  right.channel.receive(random.bytes(40).fill(0x10, 0, 1).fill(0, 1, 2));
  assert.deepEqual(Buffer.from(peer.open(right.frames.shift() as Uint8Array)), Buffer.from([5, 0, 0x10, 0x05]));
});

test("[L2] a stranger may send 64 frames or 64 KiB, a member of the house more", async () => {
  const many = server(serverSettings());
  const peer = await rawOpenClient(many);
  for (let i = 0; i < 62; i++) many.channel.receive(peer.sealBody(INNER.appText, bytes("{}")));
  assert.equal(failure(many), undefined);
  many.channel.receive(peer.sealBody(INNER.appText, bytes("{}")));
  assert.equal(failure(many), "rate_limited");

  const known = server(serverSettings());
  const friend = await rawOpenClient(known);
  known.channel.signedIn();
  for (let i = 0; i < 200; i++) known.channel.receive(friend.sealBody(INNER.appText, random.bytes(0)));
  assert.equal(failure(known), undefined);

  const large = server(serverSettings());
  const heavy = await rawOpenClient(large);
  large.channel.receive(heavy.sealBody(INNER.appBinary, random.bytes(65_000)));
  large.channel.receive(heavy.sealBody(INNER.appBinary, random.bytes(1000)));
  assert.equal(failure(large), "rate_limited");
});

test("[R7] many lines make as few records as fit", async () => {
  const { left, right } = await openPair();
  const lines = Array.from({ length: 1000 }, (_, i) => `{"n":${i},"pad":"${"x".repeat(200)}"}`);
  right.channel.sendLines(lines.map(bytes));
  assert.equal(right.frames.length, 4);
  carry(left, right);
  assert.deepEqual(
    texts(left).flatMap((text) => text.split("\n")),
    lines,
  );
});

test("a channel that was disposed of neither sends nor speaks", async () => {
  const { left, right } = await openPair();
  left.channel.sendText("on the way");
  const [frame] = left.frames.splice(0);
  left.channel.dispose();
  right.channel.dispose();
  const heard = [left.events.length, right.events.length];
  right.channel.receive(frame as Uint8Array);
  left.channel.close("normal");
  right.channel.close("normal");
  assert.equal(left.channel.sendText("no"), false);
  assert.deepEqual([left.events.length, right.events.length], heard);
  assert.deepEqual([...left.frames, ...right.frames], []);
});
