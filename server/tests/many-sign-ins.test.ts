import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { describe, it } from "node:test";
import type { Result } from "@parley/protocol";
import { nodeArgon2id } from "@parley/protocol/client-node";
import { nodeCrypto } from "@parley/protocol/crypto-node";
import { scramPassword, scramProve } from "@parley/protocol/secure";
import { spawnServer } from "./_util/node.ts";
import { PASSWORD, registerPerson } from "./_util/person.ts";
import { RawConnection } from "./_util/raw-connection.ts";

const PEOPLE = 30;
const DEVICES_EACH = 15;

/** What a client works out of its password once; the rest of a sign-in is cheap. */
async function saltedPassword(url: string, handle: string): Promise<Uint8Array> {
  const connection = await RawConnection.open(url);
  const clientNonce = randomBytes(32).toString("base64url");
  const challenge = (await connection.request("auth.scramStart", { handle, clientNonce })) as Result<"auth.scramStart">;
  await connection.close();
  const salt = Buffer.from(challenge.salt, "base64url");
  return nodeArgon2id({ ...challenge, password: scramPassword(PASSWORD), salt });
}

async function signIn(url: string, handle: string, salted: Uint8Array): Promise<RawConnection> {
  const connection = await RawConnection.open(url);
  const clientNonce = randomBytes(32);
  const challenge = (await connection.request("auth.scramStart", {
    handle,
    clientNonce: clientNonce.toString("base64url"),
  })) as Result<"auth.scramStart">;
  const { clientProof } = scramProve(nodeCrypto, salted, {
    ...challenge,
    user: handle,
    clientNonce,
    serverNonce: Buffer.from(challenge.serverNonce, "base64url"),
    salt: Buffer.from(challenge.salt, "base64url"),
    binding: connection.binding,
  });
  await connection.request("auth.scramFinish", {
    clientProof: Buffer.from(clientProof).toString("base64url"),
    device: { name: "test" },
  });
  return connection;
}

describe("an office behind one address", () => {
  it("[ACC-5] 450 cold sign-ins at once all succeed, with the limits as they are by default", async () => {
    const server = await spawnServer();
    const people: { handle: string; salted: Uint8Array }[] = [];
    for (let n = 0; n < PEOPLE; n++) {
      const { handle, connection } = await registerPerson(server.wsUrl);
      await connection.close();
      people.push({ handle, salted: await saltedPassword(server.wsUrl, handle) });
    }
    const devices = people.flatMap((person) => Array.from({ length: DEVICES_EACH }, () => person));
    const connections = await Promise.all(devices.map(({ handle, salted }) => signIn(server.wsUrl, handle, salted)));
    assert.equal(connections.length, 450);
    for (const connection of connections) assert.equal(await connection.refusal("account.get", {}), "ok");
    await Promise.all(connections.map((connection) => connection.close()));
    assert.equal(await server.stop(), 0);
  });
});
