import assert from "node:assert/strict";
import { test } from "node:test";
import { memoryStorage } from "../src/client/storage.ts";
import { nodeCrypto } from "../src/secure/crypto-node.ts";
import type { Pin } from "../src/secure/index.ts";
import { SUBPROTOCOL_CLEAR, SUBPROTOCOL_SEALED } from "../src/secure/index.ts";
import { makeRotation } from "../src/secure/rotation.ts";
import { ModelServer } from "./client-model-server.ts";
import { clientOf, person } from "./client-person.ts";
import { seededRandom, VirtualTime } from "./client-virtual-time.ts";

const WSS = "wss://chat.example/ws";
const WS = "ws://chat.example/ws";
const kem = "x25519" as const;

async function restarted(server: ModelServer, overrides: Parameters<typeof clientOf>[1]) {
  const made = clientOf(server, { random: seededRandom(77), ...overrides });
  await made.client.start();
  await server.time.until(() => ["online", "refused", "signedOut"].includes(made.client.state.name), "decided");
  return made;
}

async function stopped(server: ModelServer, client: { stop(): Promise<void> }): Promise<void> {
  let done = false;
  void client.stop().then(() => {
    done = true;
  });
  await server.time.until(() => done, "stopped");
}

test("[I7] a signed rotation is walked: the session goes on, a person is told once, what was verified stays so", async () => {
  const time = new VirtualTime();
  const old = nodeCrypto.signingKey(new Uint8Array(32).fill(1));
  const fresh = nodeCrypto.signingKey(new Uint8Array(32).fill(2));
  const server = new ModelServer(time, { identity: old });
  const ann = await person(server);
  await ann.client.markVerified();
  assert.ok(ann.client.protection?.kind === "sealed" && ann.client.protection.trust === "verified");
  const before = ann.client.protection.fingerprint;
  await stopped(server, ann.client);
  server.settings = { ...server.settings, identity: fresh, rotations: [makeRotation(old, fresh, 1, 1)] };
  const rotations: unknown[] = [];
  const again = clientOf(server, { storage: ann.storage, random: seededRandom(5) });
  again.client.on("identityRotated", (rotation) => rotations.push(rotation));
  await again.client.start();
  await time.until(() => again.client.state.name === "online", "online");
  assert.ok(again.client.protection?.kind === "sealed" && again.client.protection.trust === "verified");
  assert.deepEqual(rotations, [{ from: before, to: again.client.protection.fingerprint }]);
  server.cut();
  await time.until(() => again.client.state.name === "waiting", "cut");
  await time.until(() => again.client.state.name === "online", "back");
  assert.equal(rotations.length, 1);
});

test("[I7] a crash between two writes of a rotation loses neither session nor pin", async () => {
  const time = new VirtualTime();
  const old = nodeCrypto.signingKey(new Uint8Array(32).fill(1));
  const fresh = nodeCrypto.signingKey(new Uint8Array(32).fill(2));
  for (const survivors of [0, 1, 2, 3]) {
    const server = new ModelServer(time, { identity: old });
    const ann = await person(server);
    await stopped(server, ann.client);
    server.settings = { ...server.settings, identity: fresh, rotations: [makeRotation(old, fresh, 1, 1)] };
    let left = survivors;
    const write: typeof ann.storage.write = (changes) =>
      left-- > 0 ? ann.storage.write(changes) : new Promise<never>(() => {});
    const dying = clientOf(server, { storage: { ...ann.storage, write }, random: seededRandom(6) });
    void dying.client.start();
    await time.pass(1_000);
    server.cut();
    const again = await restarted(server, { storage: ann.storage });
    assert.equal(again.client.state.name, "online", `after ${survivors} writes`);
  }
});

test("[M5] TLS alone where the server chooses it; once reached by TLS, plain ws is refused until a person resets", async () => {
  const time = new VirtualTime();
  const server = new ModelServer(time);
  const ann = await person(server, { url: WSS });
  assert.deepEqual(ann.client.protection, { kind: "tls" });
  assert.deepEqual(server.offers, [[SUBPROTOCOL_CLEAR, SUBPROTOCOL_SEALED]]);
  await stopped(server, ann.client);
  const plain = await restarted(server, { storage: ann.storage, url: WS });
  assert.ok(plain.client.state.name === "refused" && plain.client.state.why.reason === "tlsRequired");
  assert.equal(server.offers.length, 1, "no socket was opened");
  const again = await restarted(server, { storage: ann.storage, url: WSS });
  assert.equal(again.client.state.name, "online");
});

test("[M6] a server that wants sealing under TLS too is offered nothing else from then on", async () => {
  const time = new VirtualTime();
  const server = new ModelServer(time);
  server.settings = { ...server.settings, ready: { ...server.settings.ready, requireImsc: true } };
  server.select = () => SUBPROTOCOL_SEALED;
  const ann = await person(server, { url: WSS });
  assert.ok(ann.client.protection?.kind === "sealed" && ann.client.protection.tls);
  server.cut();
  await time.until(() => server.offers.length === 2, "again");
  assert.deepEqual(server.offers[1], [SUBPROTOCOL_SEALED]);
});

test("[M4] a selection that was not offered is a downgrade: refused, and nothing was sent", async () => {
  const time = new VirtualTime();
  const server = new ModelServer(time);
  server.select = () => SUBPROTOCOL_CLEAR;
  const { client } = clientOf(server, { url: WS });
  await client.start();
  void client.prepare().catch(() => {});
  await time.until(() => client.state.name === "refused", "refused");
  assert.ok(client.state.name === "refused" && client.state.why.reason === "downgrade");
  assert.deepEqual(server.asked, []);
});

test("[NET-1] a server that does not know our verifier is found out before it is trusted", async () => {
  const time = new VirtualTime();
  const server = new ModelServer(time);
  const ann = await person(server);
  let out = false;
  void ann.client.signOut().then(() => {
    out = true;
  });
  await time.until(() => out, "signed out");
  const granted = {
    token: "t".repeat(43),
    userId: ann.userId,
    deviceId: "d".repeat(26),
    expiresAt: time.now() + 1000,
    serverSignature: "s".repeat(43),
  };
  server.lie = ({ method }) => {
    const info = server.answer([...server.links][0] as never, "node.info", {}) as { server: unknown };
    return method === "auth.scramFinish" ? { ...granted, server: info.server } : undefined;
  };
  const refused = assert.rejects(
    ann.client.signIn({ handle: ann.handle, password: "correct horse battery" }),
    /serverUnproven/,
  );
  await time.until(() => ann.client.state.name === "refused", "refused");
  await refused;
  assert.equal(ann.client.userId, null);
  assert.equal(await ann.storage.get("meta", "session"), undefined);
});

test("an address that was never met has no pin, one that was has it by its host", async () => {
  const time = new VirtualTime();
  const server = new ModelServer(time);
  const storage = memoryStorage();
  const { client } = clientOf(server, { storage, channel: { kem } });
  await client.start();
  void client.prepare();
  await time.until(() => client.protection !== null, "met");
  const pin = (await storage.get("meta", "pin:chat.example")) as Pin;
  assert.match(pin.fingerprint, /^([A-Z2-7]{4}-){12}[A-Z2-7]{4}$/);
  assert.deepEqual([pin.verified, pin.tlsSeen, pin.requireImsc], [false, false, false]);
});
