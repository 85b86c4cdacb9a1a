import assert from "node:assert/strict";
import { rm } from "node:fs/promises";
import { after, describe, it } from "node:test";
import { createConfig } from "../src/config.ts";
import { readIdentity, replaceIdentity } from "../src/identity/read-identity.ts";
import { temporaryFolder } from "./_util/folder.ts";
import { startNode } from "./_util/node.ts";
import { RawConnection } from "./_util/raw-connection.ts";
import { type RedisServer, startRedis } from "./_util/redis.ts";

const pinOf = (fingerprint: string) => ({
  fingerprint,
  firstSeenAt: 0,
  verified: true,
  tlsSeen: false,
  requireImsc: false,
});

describe("[I7] rotation of the server's identity", () => {
  const folders: string[] = [];
  let redis: RedisServer | null = null;
  after(async () => {
    for (const folder of folders) await rm(folder, { recursive: true, force: true });
    await redis?.stop();
  });

  async function folder(): Promise<string> {
    const made = await temporaryFolder();
    folders.push(made);
    return made;
  }

  it("a client follows up to four rotations from its pin, and not a fifth", async () => {
    const data = await folder();
    const config = createConfig({ data });
    const first = await readIdentity(config, undefined);
    for (const expected of [null, null, null, null, 4141]) {
      await replaceIdentity(config, undefined, false);
      const node = await startNode({ data });
      const pin = pinOf(first.fingerprint);
      if (expected === null) {
        const connection = await RawConnection.open(node.wsUrl, { pin });
        assert.equal(connection.identity?.relation, "rotated");
        await connection.close();
      } else assert.equal(await (await RawConnection.dial(node.wsUrl, { pin })).closed, expected);
      await node.stop();
    }
  });

  it("nothing leads from a compromised key to the new one", async () => {
    const data = await folder();
    const config = createConfig({ data });
    const first = await readIdentity(config, undefined);
    await replaceIdentity(config, undefined, true);
    const node = await startNode({ data });
    const connection = await RawConnection.dial(node.wsUrl, { pin: pinOf(first.fingerprint) });
    assert.equal(await connection.closed, 4141);
    await node.stop();
  });

  it("the nodes of a store follow a rotation when they start again, but no compromised key's", async () => {
    redis = await startRedis();
    const secret = "a secret of the deployment, long enough";
    const [east, west] = [await folder(), await folder()].map((data) =>
      createConfig({ data, store: redis?.url ?? "" }),
    );
    assert(east && west);
    const before = await readIdentity(east, secret);
    assert.equal((await readIdentity(west, secret)).fingerprint, before.fingerprint);
    const rotated = await replaceIdentity(east, secret, false);
    assert.notEqual(rotated.fingerprint, before.fingerprint);
    const followed = await readIdentity(west, secret);
    assert.equal(followed.fingerprint, rotated.fingerprint);
    assert.equal(followed.rotations.length, 1);
    await replaceIdentity(east, secret, true);
    await assert.rejects(readIdentity(west, secret), /identity join/);
  });
});
