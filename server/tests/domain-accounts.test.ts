import assert from "node:assert/strict";
import { test } from "node:test";
import type { ReplyErrorName } from "@parley/protocol";
import { DISABLED } from "../src/domain/accounts/sessions.ts";
import { NODES, revokedOn, userKey } from "../src/store/keys.ts";
import type { DomainNode } from "./_util/domain-node.ts";
import type { DomainPeer } from "./_util/domain-peer.ts";
import { onEachStore } from "./_util/domain-stores.ts";
import { refused } from "./_util/refusal.ts";

const PASSWORD = "k7-quiet-harbour";
const device = { name: "test" };
const DAY_MS = 24 * 3600_000;

onEachStore((store) => {
  const revokedToday = () => revokedOn(new Date(store.clock.now()).toISOString().slice(0, 10).replaceAll("-", ""));

  /** As by a node whose bus is broken: the session is deleted and its id in the list, and nobody is told. */
  async function endSilently({ services, store: kv }: DomainNode, { session }: DomainPeer): Promise<void> {
    if (session === null) return assert.fail();
    await services.credentials.delete(session);
    await kv.listPush(revokedToday(), session.sessionId);
  }

  test("[ACC-1] bad handles and weak passwords are told apart, and nothing is stored", async () => {
    const node = await store.node();
    const cases: [handle: string, password: string, ReplyErrorName][] = [
      ["ab", PASSWORD, "HANDLE_INVALID"],
      ["аdmin", PASSWORD, "HANDLE_INVALID"],
      ["nobody", "password1", "PASSWORD_WEAK"],
      ["nobody", "short", "PASSWORD_WEAK"],
    ];
    for (const [handle, password, error] of cases) {
      const peer = node.connect();
      await refused(peer.call("auth.register", { handle, password, device }), error);
      assert.equal(peer.session, null);
    }
    const someone = await node.connect().register("acc1");
    assert.deepEqual((await someone.call("user.find", { handle: "nobody" })).users, []);
  });

  test("[ACC-3] of 100 parallel registrations of one handle exactly one succeeds", async () => {
    const nodes = await Promise.all([store.node(), store.node()]);
    const peers = Array.from({ length: 100 }, (_, i) => nodes[i % 2]?.connect()).filter((peer) => peer !== undefined);
    const spellings = ["Wanted", "wanted", "WANTED", "ｗａｎｔｅｄ"];
    const outcomes = await Promise.allSettled(
      peers.map((peer, i) =>
        peer.call("auth.register", { handle: spellings[i % 4] ?? "", password: PASSWORD, device }),
      ),
    );
    const won = outcomes.filter(({ status }) => status === "fulfilled");
    const lost = outcomes.flatMap((outcome) => (outcome.status === "rejected" ? [outcome.reason.name] : []));
    assert.equal(won.length, 1);
    assert.deepEqual(new Set(lost), new Set(["HANDLE_TAKEN"]));
    const winner = peers.find(({ session }) => session !== null);
    const again = peers[0]?.session === null ? peers[0] : peers[1];
    await again?.signInAs("wanted");
    assert.equal(again?.userId, winner?.userId);
  });

  test("whose account is disabled is told so, and nobody else is", async () => {
    const node = await store.node();
    const { userId } = await node.connect().register("disabled");
    await node.store.hashSetNx(userKey(userId), DISABLED, "1");
    await refused(node.connect().signInAs("disabled"), "ACCOUNT_DISABLED");
    await refused(node.connect().signInAs("disabled", "not the password"), "CREDENTIALS_INVALID");
    await node.store.hashDelete(userKey(userId), DISABLED);
    await node.connect().signInAs("disabled");
  });

  test("[ACC-3] a claim that nobody stands behind is free, for one of those who want it", async () => {
    const nodes = await Promise.all([store.node(), store.node()]);
    const ghost = await nodes[0].connect().register("haunted");
    await nodes[0].store.delete(userKey(ghost.userId));
    await refused(nodes[1].connect().signInAs("haunted"), "CREDENTIALS_INVALID");
    const outcomes = await Promise.allSettled(
      Array.from({ length: 20 }, (_, i) => nodes[i % 2]?.connect().register("haunted")),
    );
    assert.equal(outcomes.filter(({ status }) => status === "fulfilled").length, 1);
    await nodes[1].connect().signInAs("haunted");
  });

  test("[ACC-4] the store holds nothing that signs in", async () => {
    const node = await store.node();
    const peer = node.connect();
    const { token } = await peer.call("auth.register", { handle: "acc4", password: PASSWORD, device });
    const record = await node.store.hashGetAll(userKey(peer.userId));
    const { keys, ...open } = JSON.parse(record.verifier ?? "{}") as Record<string, unknown>;
    assert.deepEqual(Object.keys(open).sort(), ["alg", "m", "p", "salt", "t"]);
    assert.equal(typeof keys, "string");
    assert.ok(!JSON.stringify(record).includes(PASSWORD));
    await refused(
      node.connect().call("auth.resume", { token: peer.session?.sessionId.slice(0, 43) ?? "" }),
      "SESSION_INVALID",
    );
    await node.connect().call("auth.resume", { token });
  });

  test("[ACC-5] a wrong password and an unknown handle look the same", async () => {
    const node = await store.node();
    await node.connect().register("acc5");
    const clientNonce = "A".repeat(43);
    const start = (handle: string) => node.connect().call("auth.scramStart", { handle, clientNonce });
    const [known, unknown, again] = [await start("acc5"), await start("acc5-who"), await start("ACC5-WHO")];
    assert.deepEqual(Object.keys(known), Object.keys(unknown));
    assert.equal(known.salt.length, unknown.salt.length);
    assert.equal(unknown.salt, again.salt);
    const errors = await Promise.all([
      refused(node.connect().signInAs("acc5", "not the password"), "CREDENTIALS_INVALID"),
      refused(node.connect().signInAs("acc5-who", "not the password"), "CREDENTIALS_INVALID"),
    ]);
    assert.deepEqual(errors[0]?.message, errors[1]?.message);
    await node.connect().signInAs("ACC5");
  });

  test("[ACC-5] a handle that grows when it is normalised is unknown like any other", async () => {
    const node = await store.node();
    const long = "\ufdfa".repeat(64);
    await refused(node.connect().signInAs(long), "CREDENTIALS_INVALID");
    const someone = await node.connect().register("acc5c");
    assert.deepEqual((await someone.call("user.find", { handle: long })).users, []);
  });

  test("[ACC-5] a proof counts once, for its connection, after its start, and not for long", async () => {
    const node = await store.node();
    await node.connect().register("acc5b");
    const finish = { clientProof: "A".repeat(43), device };
    await refused(node.connect().call("auth.scramFinish", finish), "SCRAM_NOT_STARTED");
    const slow = node.connect();
    await slow.call("auth.scramStart", { handle: "acc5b", clientNonce: "A".repeat(43) });
    await store.forward(61_000);
    await refused(slow.call("auth.scramFinish", finish), "SCRAM_NOT_STARTED");
    const relayed = node.connect();
    relayed.clientBinding = new Uint8Array(32).fill(0xee);
    await refused(relayed.signInAs("acc5b"), "CREDENTIALS_INVALID");
    const signedIn = node.connect();
    await signedIn.signInAs("acc5b");
    await refused(signedIn.signInAs("acc5b"), "ALREADY_SIGNED_IN");
  });

  test("[ACC-6] a device is listed, revoked, and its connections close on every node", async () => {
    const [here, there] = await Promise.all([store.node(), store.node()]);
    const laptop = await here.connect().register("acc6");
    const phone = there.connect();
    const token = await phone.signInAs("acc6");
    const tab = there.connect();
    await tab.call("auth.resume", { token });
    const { devices } = await laptop.call("account.devices", {});
    assert.deepEqual(devices.map(({ current }) => current).sort(), [false, true]);
    await refused(laptop.call("account.revokeDevice", { deviceId: "a".repeat(26) }), "NOT_FOUND");
    await laptop.call("account.revokeDevice", { deviceId: phone.session?.deviceId ?? "" });
    assert.deepEqual(await Promise.all([phone.closed, tab.closed]), ["session_revoked", "session_revoked"]);
    await refused(there.connect().call("auth.resume", { token }), "SESSION_INVALID");
    assert.equal(await there.services.sessions.find(phone.session?.sessionId ?? ""), null);
    assert.equal((await laptop.call("account.devices", {})).devices.length, 1);
  });

  test("[ACC-6] without the bus a revocation is found in the store", async () => {
    const [here, there] = await Promise.all([store.node(), store.node()]);
    const laptop = await here.connect().register("acc6b");
    const phone = there.connect();
    await phone.signInAs("acc6b");
    await endSilently(here, phone);
    assert.equal(await phone.closed, "session_revoked");
    assert.equal((await laptop.call("account.devices", {})).devices.length, 1);
  });

  test("[S8] revocations are found in a list that lost its tail", async () => {
    const [here, there] = await Promise.all([store.node(), store.node()]);
    await here.connect().register("acc6f");
    const [one, two, three] = [there.connect(), there.connect(), there.connect()];
    for (const phone of [one, two, three]) await phone.signInAs("acc6f");
    for (const phone of [one, two]) {
      await endSilently(here, phone);
      await phone.closed;
    }
    await here.store.delete(revokedToday());
    await endSilently(here, three);
    assert.equal(await three.closed, "session_revoked");
  });

  test("[ACC-6] a new password ends all other sessions and no old one works", async () => {
    const [here, there] = await Promise.all([store.node(), store.node()]);
    const laptop = here.connect();
    const own = await laptop.call("auth.register", { handle: "acc6c", password: PASSWORD, device });
    const phone = there.connect();
    const token = await phone.signInAs("acc6c");
    const change = { password: PASSWORD, newPassword: "an0ther-harbour" };
    await refused(
      laptop.call("account.changePassword", { ...change, password: "not the password" }),
      "CREDENTIALS_INVALID",
    );
    await refused(laptop.call("account.changePassword", { ...change, newPassword: "12345678" }), "PASSWORD_WEAK");
    await laptop.call("account.changePassword", change);
    assert.equal(await phone.closed, "session_revoked");
    await refused(there.connect().call("auth.resume", { token }), "SESSION_INVALID");
    await refused(there.connect().signInAs("acc6c"), "CREDENTIALS_INVALID");
    await there.connect().call("auth.resume", { token: own.token });
    await there.connect().signInAs("acc6c", "an0ther-harbour");
    assert.equal((await laptop.call("account.devices", {})).devices.length, 2);
    assert.equal((await laptop.call("account.revokeOthers", {})).revoked, 1);
  });

  test("[ACC-6] a sign-in that began before the password changed does not outlive the old password", async () => {
    const node = await store.node();
    const owner = await node.connect().register("acc6d");
    const thief = node.connect();
    const call = thief.call.bind(thief);
    thief.call = async (method, params) => {
      if (method === "auth.scramFinish") {
        await owner.call("account.changePassword", { password: PASSWORD, newPassword: "an0ther-harbour" });
      }
      return call(method, params);
    };
    await refused(thief.signInAs("acc6d"), "CREDENTIALS_INVALID");
    assert.equal(thief.session, null);
    assert.equal((await owner.call("account.devices", {})).devices.length, 1);
  });

  test("[ACC-6] of two who change the password at once one does, and the other is out", async () => {
    const [here, there] = await Promise.all([store.node(), store.node()]);
    const owner = await here.connect().register("acc6e");
    const thief = there.connect();
    await thief.signInAs("acc6e");
    const change = (peer: DomainPeer, newPassword: string) =>
      peer.call("account.changePassword", { password: PASSWORD, newPassword });
    const outcomes = await Promise.allSettled([change(owner, "owners-harbour"), change(thief, "thiefs-harbour")]);
    const won = outcomes.findIndex(({ status }) => status === "fulfilled");
    assert.equal(outcomes.filter(({ status }) => status === "fulfilled").length, 1);
    assert.equal(await [thief, owner][won]?.closed, "session_revoked");
    await here.connect().signInAs("acc6e", ["owners-harbour", "thiefs-harbour"][won]);
  });

  test("[ACC-7] who signs out is gone: the token is dead and presence says so", async () => {
    const [here, there] = await Promise.all([store.node(), store.node()]);
    const alice = await here.connect().register("acc7");
    const bob = there.connect();
    const { token } = await bob.call("auth.register", { handle: "acc7b", password: PASSWORD, device });
    await alice.call("chat.openDirect", { userId: bob.userId });
    assert.equal((await alice.call("user.watch", { userIds: [bob.userId] })).presence[0]?.state, "online");
    const tab = there.connect();
    await tab.call("auth.resume", { token });
    await bob.call("auth.signOut", {});
    assert.deepEqual(await Promise.all([bob.closed, tab.closed]), ["normal", "session_revoked"]);
    assert.equal((await alice.event("presence.changed")).state, "offline");
    await refused(here.connect().call("auth.resume", { token }), "SESSION_INVALID");
  });

  test("guessing is bounded over all nodes, and sessions that exist go on", async () => {
    const [here, there] = await Promise.all([store.node(), store.node()]);
    const owner = await here.connect("192.0.2.7").register("guessed");
    const outcomes = await Promise.allSettled(
      Array.from({ length: 30 }, (_, i) =>
        (i % 2 === 0 ? here : there).connect("192.0.2.9").signInAs("guessed", `wrong ${i % 3}`),
      ),
    );
    const names = outcomes.map((outcome) => (outcome.status === "rejected" ? outcome.reason.name : "signed in"));
    assert.equal(names.filter((name) => name === "CREDENTIALS_INVALID").length, 20);
    assert.equal(names.filter((name) => name === "RATE_LIMITED").length, 10);
    const error = await refused(there.connect("192.0.2.8").signInAs("guessed"), "RATE_LIMITED");
    assert.ok(error.retryAfterMs > 0 && error.retryAfterMs <= 600_000);
    await owner.call("account.changePassword", { password: PASSWORD, newPassword: "an0ther-harbour" });
    await store.forward(error.retryAfterMs);
    await there.connect("192.0.2.8").signInAs("guessed", "an0ther-harbour");
  });

  test("guessing at many handles from one address is bounded, known handles or not", async () => {
    const node = await store.node();
    const from = (address: string, handle: string) => node.connect(address).signInAs(handle, "a wrong password");
    for (let round = 0; round < 4; round += 1) {
      const tries = Array.from({ length: 50 }, (_, i) => from("192.0.2.66", `nobody${round}x${i % 10}`));
      for (const outcome of await Promise.allSettled(tries)) assert.equal(outcome.status, "rejected");
    }
    await refused(from("192.0.2.66", "nobody-else"), "RATE_LIMITED");
    await refused(from("192.0.2.67", "nobody-else"), "CREDENTIALS_INVALID");
  });

  test("450 cold sign-ins from one address all succeed", async () => {
    const nodes = await Promise.all([store.node(), store.node()]);
    const handles = Array.from({ length: 30 }, (_, i) => `office${i}`);
    await Promise.all(handles.map((handle) => nodes[0]?.connect("192.0.2.200").register(handle)));
    const signIns = Array.from({ length: 450 }, async (_, i) => {
      const peer = nodes[i % 2]?.connect("192.0.2.200");
      await peer?.signInAs(handles[i % 30] ?? "");
      return peer?.session?.deviceId;
    });
    assert.equal(new Set(await Promise.all(signIns)).size, 450);
  });

  test("only so many devices: the one that was silent the longest gives way", async () => {
    const node = await store.node();
    const first = await node.connect().register("hoarder");
    for (let i = 0; i < 100; i += 10) {
      await store.forward(1000);
      await Promise.all(Array.from({ length: 10 }, () => node.connect().signInAs("hoarder")));
    }
    assert.equal(await first.closed, "session_revoked");
    const last = node.connect();
    await last.signInAs("hoarder");
    assert.ok((await last.call("account.devices", {})).devices.length <= 100);
  });

  test("[NET-7] one session has so many connections and no more, until one of them goes", async () => {
    const node = await store.node();
    const first = node.connect();
    const { token } = await first.call("auth.register", { handle: "tabs", password: PASSWORD, device });
    const open = async () => {
      const tab = node.connect();
      await tab.call("auth.resume", { token });
      return tab;
    };
    for (let i = 1; i < 64; i += 1) await open();
    assert.equal(await (await open()).closed, "rate_limited");
    first.hangUp();
    const next = await open();
    await next.call("sync.pull", {});
    assert.equal(await Promise.race([next.closed, "open"]), "open");
  });

  if (store.kind === "embedded") {
    test("[ACC-6] to look whether a ticket's session lives is no use of it", async () => {
      const node = await store.node();
      const peer = await node.connect().register("looked-at");
      const { sessionId } = peer.session ?? assert.fail();
      peer.hangUp();
      await store.forward(6 * DAY_MS);
      assert.notEqual(await node.services.sessions.find(sessionId), null);
      await store.forward(DAY_MS + 1000);
      assert.equal(await node.services.sessions.find(sessionId), null);
      assert.equal(await node.services.sessions.use(sessionId), null);
    });

    test("[ACC-6] a session lives 7 days from its last use, and 180 days at most", async () => {
      const node = await store.node();
      const peer = node.connect();
      const { token, expiresAt } = await peer.call("auth.register", { handle: "sliding", password: PASSWORD, device });
      assert.ok(Math.abs(expiresAt - store.clock.now() - 7 * DAY_MS) < 60_000);
      for (let day = 0; day < 174; day += 6) {
        await store.forward(6 * DAY_MS);
        await node.connect().call("auth.resume", { token });
      }
      await store.forward(6 * DAY_MS);
      await refused(node.connect().call("auth.resume", { token }), "SESSION_INVALID");
      const other = node.connect();
      const idle = await other.signInAs("sliding");
      await store.forward(7 * DAY_MS + 1000);
      await refused(node.connect().call("auth.resume", { token: idle }), "SESSION_INVALID");
    });
  }

  if (store.kind === "redis") {
    test("[S8] a node that cannot read the list of revoked sessions serves nobody until it can", async () => {
      let broken = false;
      const node = await store.node({
        wrapStore: (kv) =>
          new Proxy(kv, {
            get(target, name) {
              const value = Reflect.get(target, name);
              if (typeof value !== "function") return value;
              return (...args: unknown[]) => {
                if (broken && name === "listRange" && String(args[0]).startsWith("revoked:")) {
                  return Promise.reject(new Error("broken on purpose"));
                }
                return value.apply(target, args);
              };
            },
          }),
      });
      const peer = await node.connect().register("blinded");
      broken = true;
      store.clock.forward(6000);
      await refused(
        untilRefused(() => peer.call("account.get", {})),
        "OVERLOADED",
      );
      broken = false;
      await peer.event("sync.behind");
      await peer.call("account.get", {});
      assert.ok(Object.keys(await node.store.hashGetAll(NODES)).includes(node.nodeId));
    });
  }
});

async function untilRefused(call: () => Promise<unknown>): Promise<void> {
  for (;;) {
    await call();
    await new Promise(setImmediate);
  }
}

test("[ACC-1] a server that takes no accounts says so", async () => {
  const { startDomain } = await import("./_util/domain-node.ts");
  const { temporaryFolder } = await import("./_util/folder.ts");
  const node = await startDomain({ location: await temporaryFolder(), rules: { registration: "closed" } });
  const peer: DomainPeer = node.connect();
  await refused(peer.call("auth.register", { handle: "late", password: PASSWORD, device }), "REGISTRATION_CLOSED");
  assert.equal((await peer.call("node.info", {})).registration, "closed");
  await node.stop();
});
