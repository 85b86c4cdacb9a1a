import assert from "node:assert/strict";
import { test } from "node:test";
import { fromBase64Url, toBase64Url } from "../src/secure/bytes.ts";
import type { Pin } from "../src/secure/pin.ts";
import type { ServerChannelSettings } from "../src/secure/server-channel.ts";
import type { StoredTicket } from "../src/secure/stored-ticket.ts";
import {
  type ClientRig,
  carry,
  client,
  connect,
  failure,
  flipped,
  isOpen,
  ManualClock,
  openPair,
  type ServerRig,
  server,
  serverSettings,
  texts,
  ticketKeys,
} from "./channel-rig.ts";

const CLAIMS = { userId: "user", deviceId: "device", sessionId: "session" };
const DAY_MS = 24 * 3_600_000;

interface Issued {
  readonly ticket: StoredTicket;
  readonly pin: Pin;
}

async function issue(settings: ServerChannelSettings, pskOnly = false): Promise<Issued> {
  const { clock } = settings;
  const left = await client({ clock });
  const right = server(settings);
  await connect(left, right);
  right.channel.sendTicket(CLAIMS, { pskOnly });
  carry(left, right);
  const { ticket } = await left.when("ticket");
  const fingerprint = (await left.when("open")).identity?.fingerprint ?? "";
  return { ticket, pin: { fingerprint, firstSeenAt: 0, verified: false, tlsSeen: false, requireImsc: false } };
}

function claimsOf(rig: ServerRig) {
  return rig.events.find((event) => event.type === "open")?.claims;
}

async function resume(
  settings: ServerChannelSettings,
  { ticket, pin }: Issued,
  how: { readonly alone?: boolean; readonly good?: boolean } = {},
): Promise<{ left: ClientRig; right: ServerRig; hello: Uint8Array; answer: Uint8Array | undefined }> {
  const left = await client({ ticket, pin, clock: settings.clock, ...(how.alone ? { share: null } : {}) });
  const right = server(settings, { checkTicket: async () => how.good ?? true });
  left.channel.start();
  const [hello] = left.frames.splice(0);
  assert.ok(hello);
  right.channel.receive(hello);
  await new Promise((resolve) => setImmediate(resolve));
  const answer = right.frames[0];
  carry(left, right);
  await Promise.race([left.when("open"), left.when("failed")]);
  carry(left, right);
  return { left, right, hello, answer };
}

const accepted = (answer: Uint8Array | undefined) => ((answer?.[36] ?? 0) & 1) === 1;
const usedKem = (answer: Uint8Array | undefined) => ((answer?.[36] ?? 0) & 2) === 2;

test("[T1] [T4] a ticket is plain JSON and resumes its session with a key exchange", async () => {
  const settings = serverSettings();
  const issued = JSON.parse(JSON.stringify(await issue(settings))) as Issued;
  const { left, right, answer } = await resume(settings, issued);
  assert.ok(accepted(answer) && usedKem(answer));
  assert.equal(answer?.length, 110);
  assert.deepEqual(claimsOf(right), CLAIMS);
  const opened = await left.when("open");
  assert.equal(opened.ready.resumed, true);
  assert.equal(opened.identity?.relation, "match");
  left.channel.sendText("again");
  carry(left, right);
  assert.deepEqual(texts(right), ["again"]);
});

test("[T3] a ticket that allows it resumes alone; any other does not", async () => {
  const settings = serverSettings();
  const { answer, right } = await resume(settings, await issue(settings, true), { alone: true });
  assert.ok(accepted(answer) && !usedKem(answer));
  assert.equal(answer?.length, 78);
  assert.deepEqual(claimsOf(right), CLAIMS);

  const left = await client({ ...(await issue(settings)), share: null });
  left.channel.start();
  assert.equal(failure(left), "psk_rejected");

  const issued = await issue(settings);
  const forged = { ...issued, ticket: { ...issued.ticket, pskOnly: true } };
  const { right: refusing } = await resume(settings, forged, { alone: true });
  assert.equal(failure(refusing), "psk_rejected");
});

test("[T4] a wrong binder is refused before the session is looked up", async () => {
  const settings = serverSettings();
  const issued = await issue(settings);
  const left = await client(issued);
  let asked = 0;
  const right = server(settings, {
    checkTicket: async () => {
      asked++;
      return true;
    },
  });
  left.channel.start();
  const hello = left.frames[0] as Uint8Array;
  right.channel.receive(flipped(hello, hello.length * 8 - 1));
  assert.equal(failure(right), "psk_rejected");
  assert.equal(asked, 0);
});

test("[T5] a ticket that is expired, of another identity, sealed by a lost key, broken or revoked: a full handshake, silently", async () => {
  const clock = new ManualClock();
  const cases: Record<string, (settings: ServerChannelSettings, issued: Issued) => Promise<ServerChannelSettings>> = {
    expired: async (settings) => {
      clock.advance(7 * DAY_MS);
      return settings;
    },
    "lost key": async (settings) => ({ ...settings, ticketKeys: ticketKeys() }),
  };
  for (const [name, change] of Object.entries(cases)) {
    const settings = serverSettings({ clock });
    const issued = await issue(settings);
    const changed = await change(settings, issued);
    // The client's clock may be behind; then it still offers what the server knows to be too old.
    const { left, right, answer } = await resume(changed, {
      ...issued,
      ticket: { ...issued.ticket, expiresAt: Number.MAX_SAFE_INTEGER },
    });
    assert.equal(accepted(answer), false, name);
    assert.equal(claimsOf(right), null, name);
    assert.ok(isOpen(left), name);
    assert.equal((await left.when("open")).ready.resumed, false);
  }

  const settings = serverSettings();
  const issued = await issue(settings);
  const revoked = await resume(settings, issued, { good: false });
  assert.equal(accepted(revoked.answer), false);
  assert.equal(claimsOf(revoked.right), null);
  assert.ok(isOpen(revoked.left));

  const bytes = fromBase64Url((await issue(settings)).ticket.ticket) as Uint8Array;
  const broken = { ...issued, ticket: { ...issued.ticket, ticket: toBase64Url(flipped(bytes, 200)) } };
  const answered = await resume(settings, broken);
  assert.equal(accepted(answered.answer), false);
  assert.ok(isOpen(answered.left));
});

test("[T9] a ticket that another identity issued is void on the server, and the client never shows it", async () => {
  const keys = ticketKeys();
  const old = serverSettings({ ticketKeys: keys });
  const issued = await issue(old);
  const next = serverSettings({ ticketKeys: keys });
  // The server's side: the hello of a client that trusts the old identity.
  const left = await client(issued);
  left.channel.start();
  const right = server(next);
  right.channel.receive(left.frames[0] as Uint8Array);
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(accepted(right.frames[0]), false);
  // The client's side: a pin that moved on.
  const elsewhere = { ...issued.pin, fingerprint: (await issue(next)).pin.fingerprint };
  const moved = await client({ ticket: issued.ticket, pin: elsewhere });
  moved.channel.start();
  const plain = await client({ pin: elsewhere });
  plain.channel.start();
  assert.equal(moved.frames[0]?.length, plain.frames[0]?.length);
  const unpinned = await client({ ticket: issued.ticket, pin: null });
  unpinned.channel.start();
  assert.ok((unpinned.frames[0] as Uint8Array).length < 200);
});

test("[T6] a ticket that is not usable, alone, is refused with 4131", async () => {
  const settings = serverSettings();
  const issued = await issue(settings, true);
  const { left, right } = await resume(settings, issued, { alone: true, good: false });
  assert.equal(failure(right), "psk_rejected");
  assert.equal(failure(left), "psk_rejected");
});

test("[T3] a ticket under a psk_kem key never resumes alone, whatever it says", async () => {
  const keys = ticketKeys();
  const settings = serverSettings({
    ticketKeys: { current: () => keys.current(false), find: (id) => keys.find(id) },
  });
  const issued = await issue(settings, true);
  const { right } = await resume(settings, issued, { alone: true });
  assert.equal(failure(right), "psk_rejected");
});

test("[T4] [L1] a session is counted for itself: resuming asks for no full handshake", async () => {
  const settings = serverSettings();
  const issued = await issue(settings);
  const left = await client(issued);
  const right = server(settings, { admitFull: () => 1000 });
  left.channel.start();
  await connectFrom(left, right);
  assert.ok(isOpen(left));
});

test("[H18] a frame while the ticket is looked up is a violation, and a late answer changes nothing", async () => {
  const settings = serverSettings();
  const left = await client(await issue(settings));
  const right = server(settings);
  left.channel.start();
  right.channel.receive(left.frames[0] as Uint8Array);
  right.channel.receive(new Uint8Array([0x10, 0]));
  assert.equal(failure(right), "protocol_violation");
  const frames = right.frames.length;
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(right.frames.length, frames);
});

test("[T5] a look-up that fails is a ticket that is not usable", async () => {
  const settings = serverSettings();
  const left = await client(await issue(settings));
  const right = server(settings, { checkTicket: () => Promise.reject(new Error("the store is away")) });
  await connect(left, right);
  assert.ok(isOpen(left));
  assert.equal(claimsOf(right), null);
});

test("what breaks while a ticket is looked up ends this connection alone", async () => {
  const settings = serverSettings();
  const left = await client(await issue(settings));
  const broken = {
    ...settings.crypto,
    encapsulate: () => {
      throw new TypeError("out of entropy");
    },
  };
  const right = server({ ...settings, crypto: broken });
  await connect(left, right);
  assert.equal(failure(right), "protocol_violation");
});

test("[T2] [T7] two tickets of one connection have nothing in common, nor have two resumptions", async () => {
  const settings = serverSettings();
  const { left, right } = await openPair({ server: settings });
  right.channel.sendTicket(CLAIMS);
  right.channel.sendTicket(CLAIMS);
  carry(left, right);
  const tickets = left.events.flatMap((event) => (event.type === "ticket" ? [event.ticket] : []));
  assert.equal(tickets.length, 2);
  assert.notEqual(tickets[0]?.psk, tickets[1]?.psk);
  assert.notEqual(tickets[0]?.ticket.slice(6), tickets[1]?.ticket.slice(6));
});

test("[T10] a resumption without the key exchange that the client offered is refused", async () => {
  const settings = serverSettings();
  const issued = await issue(settings, true);
  const left = await client(issued);
  left.channel.start();
  const [hello] = left.frames.splice(0);
  const right = server(settings);
  right.channel.receive(hello as Uint8Array);
  await new Promise((resolve) => setImmediate(resolve));
  const answer = (right.frames[0] as Uint8Array).slice();
  answer[36] = 1;
  left.channel.receive(answer);
  await left.when("failed");
  assert.equal(failure(left), "protocol_violation");
});

test("[T8] [H16] a resumed session counts only after FINISHED", async () => {
  const settings = serverSettings();
  const left = await client(await issue(settings));
  const right = server(settings);
  left.channel.start();
  right.channel.receive(left.frames[0] as Uint8Array);
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(right.frames.length, 2);
  assert.deepEqual(right.events, []);
});

test("[T1] a ticket lives 7 days, one that works alone 24 hours, whatever the server says", async () => {
  const clock = new ManualClock();
  const settings = serverSettings({ clock });
  assert.equal((await issue(settings)).ticket.expiresAt, clock.now() + 7 * DAY_MS);
  assert.equal((await issue(settings, true)).ticket.expiresAt, clock.now() + DAY_MS);
});

test("[T2] claims that are too long are a mistake of ours", async () => {
  const { right } = await openPair();
  assert.throws(() => right.channel.sendTicket({ ...CLAIMS, userId: "x".repeat(65) }), RangeError);
});

async function connectFrom(left: ClientRig, right: ServerRig): Promise<void> {
  carry(left, right);
  await new Promise((resolve) => setImmediate(resolve));
  carry(left, right);
  await Promise.race([left.when("open"), left.when("failed")]);
}
