import assert from "node:assert/strict";
import { test } from "node:test";
import type { ClientError } from "../src/client/state.ts";
import { memoryStorage } from "../src/client/storage.ts";
import { closeCode, ReplyError } from "../src/errors.ts";
import { ModelServer } from "./client-model-server.ts";
import { clientOf, PASSWORD, person } from "./client-person.ts";
import { VirtualTime } from "./client-virtual-time.ts";

/** A promise that virtual time has to bring about. */
async function settle<T>(time: VirtualTime, promise: Promise<T>): Promise<T> {
  let done = false;
  const watched = promise.finally(() => {
    done = true;
  });
  watched.catch(() => {});
  await time.until(() => done, "settled", 10 * 60_000);
  return watched;
}

test("[NET-1] a person registers, signs out and signs in again over the sealed channel", async () => {
  const time = new VirtualTime();
  const server = new ModelServer(time);
  const { client, screen, handle, userId } = await person(server);
  assert.equal(screen.states.at(-1), "online");
  assert.deepEqual(client.protection?.kind === "sealed" && client.protection.trust, "firstUse");
  await settle(time, client.signOut());
  assert.deepEqual(client.state, { name: "signedOut", why: "signedOut", protection: null });
  assert.equal(client.userId, null);
  const account = await settle(time, client.signIn({ handle: handle.toUpperCase(), password: PASSWORD }));
  assert.equal(account.userId, userId);
  assert.equal(screen.states.at(-1), "online");
  assert.deepEqual(client.protection?.kind === "sealed" && client.protection.trust, "known");
  assert.ok(!JSON.stringify(server.asked.filter(({ method }) => method.startsWith("auth.scram"))).includes(PASSWORD));
  assert.deepEqual(screen.warnings, []);
});

test("[ACC-5] a wrong password is the server's answer, and the connection stands by", async () => {
  const time = new VirtualTime();
  const server = new ModelServer(time);
  const { client, handle } = await person(server);
  await settle(time, client.signOut());
  await assert.rejects(
    settle(time, client.signIn({ handle, password: "wrong password" })),
    (error) => error instanceof ReplyError && error.name === "CREDENTIALS_INVALID",
  );
  assert.equal(client.state.name, "signedOut");
  assert.notEqual(client.protection, null);
});

test("[NET-3] a lost connection comes back by ticket, without a token on the wire", async () => {
  const time = new VirtualTime();
  const server = new ModelServer(time);
  const { client, screen } = await person(server);
  server.cut();
  await time.until(() => client.state.name === "waiting", "waiting");
  await time.until(() => client.state.name === "online", "online again");
  assert.equal(server.count("auth.resume"), 0);
  assert.deepEqual(screen.states.slice(-5), ["waiting", "connecting", "securing", "authenticating", "online"]);
});

test("[NET-3] waits grow with full jitter up to the cap, and reconnectNow cuts them short", async () => {
  const time = new VirtualTime();
  const server = new ModelServer(time);
  const { client } = await person(server);
  server.down = true;
  server.cut();
  const waits: number[] = [];
  const stop = client.on("state", (state) => {
    if (state.name === "waiting") waits.push(state.retryAtMs - time.now());
  });
  await time.pass(10 * 60_000);
  stop();
  assert.ok(
    waits.every((wait, i) => wait <= Math.min(20_000, 500 * 2 ** i)),
    String(waits),
  );
  assert.ok(Math.max(...waits) > 10_000);
  server.down = false;
  client.reconnectNow();
  await time.until(() => client.state.name === "online", "online", 1_000);
});

test("[NET-3] a restart is waited for as told", async () => {
  const time = new VirtualTime();
  const server = new ModelServer(time);
  const { client } = await person(server);
  for (const link of server.links) link.goodbye("restart", JSON.stringify({ after: 5_000, spread: 2_000 }));
  await time.until(() => client.state.name === "waiting", "waiting");
  const { state } = client;
  assert.ok(state.name === "waiting" && state.why === "restart");
  const wait = state.retryAtMs - time.now();
  assert.ok(wait >= 5_000 && wait <= 7_000, String(wait));
});

test("[NODE-10] what a server that goes has not begun is asked of the next one, and nobody hears of it", async () => {
  const time = new VirtualTime();
  const server = new ModelServer(time);
  const { client } = await person(server);
  let lost = 0;
  server.fate = ({ method }) => (method === "account.devices" && lost++ < 1 ? "lose" : undefined);
  server.lie = ({ method }) => (method === "account.devices" ? { devices: [] } : undefined);
  const asked = client.request("account.devices", {});
  await time.until(() => lost === 1, "on its way");
  for (const link of server.links) link.goodbye("restart", JSON.stringify({ after: 0, spread: 0, undone: true }));
  await time.until(() => client.state.name === "waiting", "waiting");
  const late = client.request("account.devices", {});
  assert.deepEqual(await settle(time, asked), { devices: [] });
  assert.deepEqual(await settle(time, late), { devices: [] });
});

test("[NODE-10] what is asked between a server's goodbye and the end of its socket is asked of the next one", async () => {
  const time = new VirtualTime();
  const server = new ModelServer(time);
  const { client } = await person(server);
  server.lie = ({ method }) => (method === "account.devices" ? { devices: [] } : undefined);
  for (const link of server.links) link.goodbye("restart", JSON.stringify({ after: 0, spread: 0, undone: true }));
  const asked: Promise<unknown>[] = [];
  while (client.state.name === "online" || asked.length < 20) {
    asked.push(client.request("account.devices", {}));
    await time.pass(1);
  }
  await settle(time, Promise.all(asked));
});

test("[NODE-10] what may have been begun is lost, whatever the socket says outside the channel", async () => {
  for (const proved of [true, false]) {
    const time = new VirtualTime();
    const server = new ModelServer(time);
    const { client } = await person(server);
    let lost = 0;
    server.fate = ({ method }) => (method === "account.devices" && lost++ < 1 ? "lose" : undefined);
    const asked = client.request("account.devices", {});
    const outcome = assert.rejects(settle(time, asked), (error) => (error as ClientError).reason === "lost");
    await time.until(() => lost === 1, "on its way");
    for (const link of server.links) {
      if (proved) link.goodbye("restart", JSON.stringify({ after: 0, spread: 0 }));
      else link.lost(closeCode("restart"), JSON.stringify({ after: 0, spread: 0, undone: true }));
    }
    await outcome;
    assert.equal(server.count("account.devices"), 1);
  }
});

test("[NODE-10] a request does not outlive its time because servers go", async () => {
  const time = new VirtualTime();
  const server = new ModelServer(time);
  const { client } = await person(server);
  server.fate = ({ method }) => (method === "account.devices" ? "lose" : undefined);
  const outcome = assert.rejects(
    settle(time, client.request("account.devices", {}, { timeoutMs: 9_000 })),
    (error) => (error as ClientError).reason === "timeout",
  );
  const began = time.now();
  for (let asked = 1; asked <= 3; asked++) {
    await time.until(() => server.count("account.devices") === asked, "asked");
    for (const link of server.links) link.goodbye("restart", JSON.stringify({ after: 0, spread: 0, undone: true }));
  }
  await outcome;
  assert.ok(time.now() - began <= 9_100, String(time.now() - began));
});

test("[NET-1] another identity is a hard stop: nothing is sent until a person resets the pin", async () => {
  const time = new VirtualTime();
  const honest = new ModelServer(time);
  const { client, storage } = await person(honest);
  await settle(time, client.stop());
  const mallory = new ModelServer(time);
  const { client: again } = clientOf(mallory, { storage });
  await again.start();
  await time.until(() => again.state.name === "refused", "refused");
  const { state } = again;
  assert.ok(state.name === "refused" && state.why.reason === "identityMismatch");
  assert.notEqual(state.why.pinned.text, state.why.presented.text);
  assert.match(state.why.pinned.shortCode, /^([A-Z2-7]{5} ){3}[A-Z2-7]{5}$/);
  await time.pass(3_600_000);
  assert.equal(again.state.name, "refused");
  await assert.rejects(again.signIn({ handle: "x", password: "y" }));
  assert.deepEqual(mallory.asked, []);
  await settle(time, again.resetPin());
  assert.equal(again.userId, null);
  await settle(time, again.prepare());
  assert.deepEqual(mallory.asked, []);
});

test("[NET-1] a fingerprint from a link is pinned as verified, and another one refused", async () => {
  const time = new VirtualTime();
  const server = new ModelServer(time);
  const first = clientOf(server);
  await first.client.start();
  const protection = await settle(time, first.client.prepare());
  assert.ok(protection.kind === "sealed" && protection.trust === "firstUse");
  const expectedFingerprint = protection.fingerprint.text;
  const invited = clientOf(server, { channel: { kem: "x25519", expectedFingerprint } });
  await invited.client.start();
  const verified = await settle(time, invited.client.prepare());
  assert.ok(verified.kind === "sealed" && verified.trust === "verified");
  const other = clientOf(new ModelServer(time), { channel: { kem: "x25519", expectedFingerprint } });
  await other.client.start();
  await assert.rejects(settle(time, other.client.prepare()));
  assert.equal(other.client.state.name, "refused");
});

test("[ACC-6] a revoked session signs out when the channel says so, not when the socket does", async () => {
  const time = new VirtualTime();
  const server = new ModelServer(time);
  const { client } = await person(server);
  for (const link of [...server.links]) link.lost(4143);
  await time.until(() => client.state.name === "waiting", "lost");
  await time.until(() => client.state.name === "online", "online again");
  for (const link of [...server.links]) link.goodbye("session_revoked");
  await time.until(() => client.state.name === "signedOut", "signed out");
  assert.ok(client.state.name === "signedOut" && client.state.why === "sessionEnded");
});

test("a session that the server no longer knows ends at the next connection", async () => {
  const time = new VirtualTime();
  const server = new ModelServer(time);
  const { client } = await person(server);
  server.sessions.clear();
  server.cut();
  await time.until(() => client.state.name === "signedOut", "signed out");
  assert.equal(client.userId, null);
});

test("[NET-3] a line that died without a word is noticed when the heartbeat does not come", async () => {
  const time = new VirtualTime();
  const server = new ModelServer(time);
  const { client } = await person(server);
  // Nothing is on its way any more.
  await time.pass(1_000);
  const since = time.now();
  for (const link of server.links) link.mute = true;
  await time.until(() => client.state.name === "waiting", "noticed", 40_000);
  assert.ok(time.now() - since > 30_000, "a heartbeat may come until then");
  await time.until(() => client.state.name === "online", "online again", 1_000);
});

test("[NET-3] a server that is only quiet is asked, and kept", async () => {
  const time = new VirtualTime();
  const server = new ModelServer(time);
  const { client } = await person(server);
  const [link] = server.links;
  // It pings nobody. A pull of the client comes only later than this.
  await time.pass(4 * 60_000);
  assert.deepEqual([...server.links], [link]);
  assert.equal(client.state.name, "online");
});

test("[NET-3] a line that died without a word is noticed when requests get no answer, and what was asked goes over another", async () => {
  const time = new VirtualTime();
  const server = new ModelServer(time);
  const { client, userId } = await person(server);
  const chatId = server.id();
  server.chats.make(chatId, "group", [userId]);
  const since = time.now();
  for (const link of server.links) link.mute = true;
  await client.send(chatId, { kind: "text", body: { text: "is anybody there?" } });
  await time.until(() => client.outbox.length === 0, "acknowledged", 32_000);
  assert.ok(time.now() - since >= 15_000, "a slow network has its time");
});

test("an answer that breaks the table fails its request and nothing else", async () => {
  const time = new VirtualTime();
  const server = new ModelServer(time);
  const { client, screen, userId } = await person(server);
  server.lie = ({ method }) => (method === "user.find" ? { users: [{ userId: 7 }] } : undefined);
  await assert.rejects(settle(time, client.request("user.find", { handle: "x" })), /invalidReply/);
  server.push(userId, "presence.changed", { userId: "nobody" });
  server.push(userId, "not.known", {});
  await time.pass(100);
  assert.equal(client.state.name, "online");
  assert.deepEqual(screen.warnings, ["invalid event presence.changed"]);
});

test("requests before sign-in, and without an answer, end with a typed error", async () => {
  const time = new VirtualTime();
  const server = new ModelServer(time);
  const { client } = clientOf(server, { storage: memoryStorage() });
  await assert.rejects(client.request("node.info", {}), /stopped/);
  await client.start();
  await assert.rejects(client.request("sync.pull", {}), /notSignedIn/);
  const info = await settle(time, client.request("node.info", {}));
  assert.equal(info.registration, "open");
  server.fate = () => "lose";
  await assert.rejects(settle(time, client.request("node.info", {}, { timeoutMs: 2_000 })), /timeout/);
});
