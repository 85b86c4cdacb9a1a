import assert from "node:assert/strict";
import { after, test } from "node:test";
import { OWNER_CODE } from "../src/store/keys.ts";
import { startDomain } from "./_util/domain-node.ts";
import { removeTemporaryFolders, temporaryFolder } from "./_util/folder.ts";
import { MovingClock } from "./_util/moving-clock.ts";
import { spawnServer } from "./_util/node.ts";
import { passTime } from "./_util/passing-time.ts";
import { turnsUntil } from "./_util/patience.ts";
import { RawConnection } from "./_util/raw-connection.ts";
import { type RedisServer, startRedis } from "./_util/redis.ts";
import { refused } from "./_util/refusal.ts";

const PASSWORD = "k7-quiet-harbour";
const device = { name: "test" };
const DAY_MS = 24 * 3600_000;

after(removeTemporaryFolders);

async function onTwoNodes(
  rules: Parameters<typeof startDomain>[0]["rules"],
  suite: (
    nodes: readonly [Awaited<ReturnType<typeof startDomain>>, Awaited<ReturnType<typeof startDomain>>],
  ) => Promise<void>,
): Promise<void> {
  const redis: RedisServer = await startRedis();
  const start = () => startDomain({ location: redis.url, ...(rules === undefined ? {} : { rules }) });
  const nodes = [await start(), await start()] as const;
  try {
    await suite(nodes);
  } finally {
    for (const node of nodes) await node.stop();
    await redis.stop();
  }
}

test("[ACC-11] the owner's code makes one account the owner, of 20 that try at once at two nodes", async () => {
  await onTwoNodes({ registration: "closed" }, async (nodes) => {
    const [code, same] = [await nodes[0].services.ownership.code(), await nodes[1].services.ownership.code()];
    assert.ok(code);
    assert.equal(code, same);
    assert.ok(!(await nodes[0].store.get(OWNER_CODE))?.includes(code));
    assert.equal((await nodes[1].connect().call("node.info", {})).unclaimed, true);
    const peers = Array.from({ length: 20 }, (_, n) => nodes[n % 2 === 0 ? 0 : 1].connect());
    const outcomes = await Promise.allSettled(
      peers.map((peer, n) =>
        peer.call("auth.register", { handle: `owner${n}`, password: PASSWORD, invite: code, device }),
      ),
    );
    const won = outcomes.findIndex(({ status }) => status === "fulfilled");
    assert.equal(outcomes.filter(({ status }) => status === "fulfilled").length, 1);
    assert.equal((await peers[won]?.call("account.get", {}))?.serverRole, "owner");
    for (const node of nodes) {
      assert.equal((await node.connect().call("node.info", {})).unclaimed, false);
      assert.equal(await node.services.ownership.code(), null);
      const late = node.connect().call("auth.register", { handle: "late", password: PASSWORD, invite: code, device });
      await refused(late, "REGISTRATION_CLOSED");
    }
    // Those who lost left nothing: their handles are free for who comes by an invite.
    for (const n of peers.keys()) {
      if (n !== won) await refused(nodes[0].connect().signInAs(`owner${n}`), "CREDENTIALS_INVALID");
    }
  });
});

test("[ACC-11] the banner shows the owner's code, the same after a restart, until somebody has used it", async () => {
  const data = await temporaryFolder();
  const codeOf = (output: string) => /#owner=(\w+)/.exec(output)?.[1];
  const first = await spawnServer(["--data", data, "--registration", "invite"]);
  const code = codeOf(first.output());
  assert.ok(code);
  await first.kill();
  const second = await spawnServer(["--data", data, "--registration", "invite"]);
  assert.equal(codeOf(second.output()), code);
  const connection = await RawConnection.open(second.wsUrl);
  const account = { handle: "operator", password: PASSWORD, device };
  assert.equal(await connection.refusal("auth.register", account), "INVITE_REQUIRED");
  assert.equal(await connection.refusal("auth.register", { ...account, invite: `${code}x` }), "INVITE_INVALID");
  await connection.request("auth.register", { ...account, invite: code });
  await connection.close();
  await second.stop();
  const third = await spawnServer(["--data", data, "--registration", "invite"]);
  assert.equal(codeOf(third.output()), undefined);
  await third.stop();
});

test("[ACC-2] the development outbox prints a mail with its code to the log, and the code works", async () => {
  const server = await spawnServer(["--mail", "outbox", "--log-level", "warn"]);
  const connection = await RawConnection.open(server.wsUrl);
  const email = "dev@mail.example";
  await connection.request("auth.requestCode", { purpose: "register", email });
  // As it stands in the JSON of a log line.
  const code = () => /\\n {4}(\d{6})\\n/.exec(server.output())?.[1];
  await turnsUntil(
    () => code() !== undefined,
    () => `a code in ${server.output()}`,
  );
  await connection.request("auth.register", { handle: "dev", password: PASSWORD, email, code: code(), device });
  await connection.close();
  await server.stop();
});

test("[ACC-11] an invite lets in as many as it has uses, of 40 who try at once at two nodes", async () => {
  await onTwoNodes({ registration: "invite" }, async (nodes) => {
    const owner = nodes[0].connect();
    const invite = (await nodes[0].services.ownership.code()) ?? "";
    await owner.call("auth.register", { handle: "landlady", password: PASSWORD, invite, device });
    const made = await owner.call("invite.create", { uses: 5, expiresInMs: DAY_MS });
    const register = (n: number, code = made.invite.code) =>
      nodes[n % 2 === 0 ? 0 : 1]
        .connect()
        .call("auth.register", { handle: `guest${n}`, password: PASSWORD, invite: code, device });
    await refused(nodes[0].connect().register("nobody"), "INVITE_REQUIRED");
    await refused(register(0, "unknown"), "INVITE_INVALID");
    const outcomes = await Promise.allSettled(Array.from({ length: 40 }, (_, n) => register(n)));
    assert.equal(outcomes.filter(({ status }) => status === "fulfilled").length, 5);
    for (const outcome of outcomes) {
      if (outcome.status === "rejected") assert.equal(outcome.reason.name, "INVITE_INVALID");
    }
    assert.deepEqual((await owner.call("invite.list", {})).invites, []);
  });
});

test("[ACC-11] an invite that was not used is given back, is listed, expires, and can be revoked", async () => {
  const clock = new MovingClock();
  const node = await startDomain({ location: await temporaryFolder(), clock, rules: { registration: "invite" } });
  const owner = node.connect();
  const first = (await node.services.ownership.code()) ?? "";
  await owner.call("auth.register", { handle: "landlord", password: PASSWORD, invite: first, device });
  const register = (handle: string, invite: string) =>
    node.connect().call("auth.register", { handle, password: PASSWORD, invite, device });
  const { invite } = await owner.call("invite.create", { uses: 2, expiresInMs: DAY_MS });
  await refused(register("landlord", invite.code), "HANDLE_TAKEN");
  await register("guest", invite.code);
  assert.deepEqual((await owner.call("invite.list", {})).invites, [{ ...invite, usesLeft: 1 }]);
  await passTime(clock, [node], DAY_MS);
  await refused(register("late", invite.code), "INVITE_INVALID");
  assert.deepEqual((await owner.call("invite.list", {})).invites, []);
  const second = (await owner.call("invite.create", { uses: 1, expiresInMs: DAY_MS })).invite;
  await owner.call("invite.revoke", { code: second.code });
  await refused(owner.call("invite.revoke", { code: second.code }), "NOT_FOUND");
  await refused(register("later", second.code), "INVITE_INVALID");

  const guest = node.connect();
  await guest.signInAs("guest");
  const account = await guest.call("account.get", {});
  assert.deepEqual([account.serverRole, account.mayInvite], ["user", false]);
  await refused(guest.call("invite.create", { uses: 1, expiresInMs: DAY_MS }), "FORBIDDEN");
  const third = (await owner.call("invite.create", { uses: 1, expiresInMs: DAY_MS })).invite;
  await refused(guest.call("invite.revoke", { code: third.code }), "NOT_FOUND");
  await node.stop();
});

test("[ACC-11] everybody makes invites where the operator says so, 100 at most", async () => {
  const node = await startDomain({ location: await temporaryFolder(), rules: { invites: "everyone" } });
  const peer = await node.connect().register("host");
  assert.equal((await peer.call("account.get", {})).mayInvite, true);
  for (let n = 0; n < 100; n += 1) await peer.call("invite.create", { uses: 1, expiresInMs: DAY_MS });
  await refused(peer.call("invite.create", { uses: 1, expiresInMs: DAY_MS }), "LIMIT_REACHED");
  await node.stop();
});

test("[ACC-11] new accounts from one address are bounded, and others are not concerned", async () => {
  const clock = new MovingClock();
  const rules = { registrationBurst: 20, registrationSeconds: 30 };
  const node = await startDomain({ location: await temporaryFolder(), clock, rules });
  for (let n = 0; n < 20; n += 1) await node.connect("192.0.2.7").register(`many${n}`);
  const wait = (await refused(node.connect("192.0.2.7").register("many20"), "RATE_LIMITED")).retryAfterMs;
  assert.ok(wait > 0 && wait <= 30_000, String(wait));
  await node.connect("192.0.2.8").register("neighbour");
  for (let n = 0; n < 20; n += 1) await node.connect("192.0.2.7").signInAs(`many${n}`);
  await passTime(clock, [node], wait);
  await node.connect("192.0.2.7").register("many20");
  await node.stop();
});
