import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, before, describe, it } from "node:test";
import type { ClientState } from "@parley/protocol/client";
import { startDomain } from "./_util/domain-node.ts";
import { startNode, type TestNode } from "./_util/node.ts";
import { freshHandle, PASSWORD, registerPerson } from "./_util/person.ts";
import { RawConnection } from "./_util/raw-connection.ts";
import { type RedisServer, startRedis } from "./_util/redis.ts";
import { refused } from "./_util/refusal.ts";
import { Witness } from "./_util/witness.ts";

describe("session policies over two nodes", () => {
  let redis: RedisServer;
  before(async () => {
    redis = await startRedis();
  });
  after(async () => {
    await redis.stop();
  });

  it("[SYNC-6] replace: the old device hears why and is closed, at another node, and its token is dead", async () => {
    const secret = randomBytes(32).toString("base64url");
    const settings = { store: redis.url, sessions: "replace" } as const;
    const east: TestNode = await startNode(settings, { secret });
    const west: TestNode = await startNode(settings, { secret });
    const ann = await registerPerson(east.wsUrl, freshHandle());
    const phone = new Witness(west.wsUrl, {}, ann.handle);
    await phone.client.start();
    await phone.client.signIn({ handle: ann.handle, password: PASSWORD });
    assert.deepEqual(await ann.connection.event("session.ended"), { why: "replaced" });
    assert.equal(await ann.connection.closed, 4143);
    const late = await RawConnection.open(east.wsUrl);
    assert.equal(await late.refusal("auth.resume", { token: ann.token }), "SESSION_INVALID");
    await late.close();
    const { devices } = await phone.client.request("account.devices", {});
    assert.equal(devices.length, 1);
    const tablet = new Witness(east.wsUrl, {}, ann.handle);
    await tablet.client.start();
    const out = new Promise<ClientState>((resolve) => {
      phone.client.on("state", (state) => {
        if (state.name === "signedOut") resolve(state);
      });
    });
    await tablet.client.signIn({ handle: ann.handle, password: PASSWORD });
    const state = await out;
    assert.ok(state.name === "signedOut" && state.why === "replaced", JSON.stringify(state));
    await phone.client.stop();
    await tablet.client.deleteAccount(PASSWORD);
    const { state: after } = tablet.client;
    assert.ok(after.name === "signedOut" && after.why === "deleted", JSON.stringify(after));
    await tablet.client.stop();
    await east.stop();
    await west.stop();
  });

  for (const sessions of ["replace", "refuse"] as const) {
    it(`[SYNC-6] ${sessions}: of ten devices that sign in at once at two nodes one is signed in`, async () => {
      const start = () => startDomain({ location: redis.url, rules: { sessions } });
      const nodes = [await start(), await start()] as const;
      const handle = `many-${sessions}`;
      const first = await nodes[0].connect().register(handle);
      if (sessions === "refuse") await first.call("auth.signOut", {});
      const peers = Array.from({ length: 10 }, (_, n) => nodes[n % 2 === 0 ? 0 : 1].connect());
      const signIn = async (peer: (typeof peers)[number]): Promise<string> => {
        for (;;) {
          const outcome = await peer.signInAs(handle).then(
            () => "ok",
            (error: { name: string }) => error.name,
          );
          // Another one is signing in at this moment: a client waits and comes back.
          if (outcome !== "OVERLOADED") return outcome;
        }
      };
      const outcomes = await Promise.all(peers.map(signIn));
      const ok = outcomes.filter((outcome) => outcome === "ok").length;
      assert.equal(ok, sessions === "refuse" ? 1 : 10, outcomes.join());
      const valid = await nodes[0].services.credentials.valid(first.session?.userId ?? peers[0]?.userId ?? "");
      assert.equal(valid.length, 1);
      for (const node of nodes) await node.stop();
    });
  }

  it("[SYNC-6] refuse: the account is in use until its device signs out, whether it is connected or not", async () => {
    const node = await startDomain({ location: redis.url, rules: { sessions: "refuse" } });
    const first = node.connect();
    const { token } = await first.call("auth.register", {
      handle: "only-one",
      password: "k7-quiet-harbour",
      device: { name: "test" },
    });
    first.hangUp();
    await refused(node.connect().signInAs("only-one"), "SIGNED_IN_ELSEWHERE");
    await refused(node.connect().signInAs("only-one", "not the password"), "CREDENTIALS_INVALID");
    const again = node.connect();
    await again.call("auth.resume", { token });
    await again.call("auth.signOut", {});
    await node.connect().signInAs("only-one");
    assert.equal((await node.connect().call("node.info", {})).sessions, "refuse");
    await node.stop();
  });

  it("[SYNC-6] multi: devices are signed in beside each other", async () => {
    const node = await startDomain({ location: redis.url });
    const first = await node.connect().register("side-by-side");
    await node.connect().signInAs("side-by-side");
    assert.equal((await first.call("account.devices", {})).devices.length, 2);
    assert.deepEqual(first.pushed("session.ended"), []);
    await node.stop();
  });
});
