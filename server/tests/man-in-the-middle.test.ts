import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { Client, memoryStorage } from "@parley/protocol/client";
import { nodePlatform } from "@parley/protocol/client-node";
import { ManInTheMiddle } from "./_util/man-in-the-middle.ts";
import { startNode, type TestNode } from "./_util/node.ts";
import { freshHandle, PASSWORD, registerPerson } from "./_util/person.ts";
import { RawConnection } from "./_util/raw-connection.ts";

describe("[NET-1] a man in the middle with an identity of his own", () => {
  let node: TestNode;
  let man: ManInTheMiddle;

  before(async () => {
    node = await startNode();
    man = await ManInTheMiddle.open(node.wsUrl);
  });
  after(async () => {
    await man.close();
    await node.stop();
  });

  const clientAt = (url: string, storage = memoryStorage()) =>
    new Client({ ...nodePlatform(), url, storage, device: { name: "test" } });

  it("is refused by a client that knows the server, before it says anything", async () => {
    const direct = await registerPerson(node.wsUrl);
    const pin = {
      fingerprint: direct.connection.identity?.fingerprint ?? "",
      firstSeenAt: 0,
      verified: false,
      tlsSeen: false,
      requireImsc: false,
    };
    const deceived = await RawConnection.dial(man.wsUrl, { pin });
    assert.equal(await deceived.closed, 4141);
    assert.equal(deceived.failure?.reason, "identity_error");
    assert.deepEqual(man.overheard, []);
    await direct.connection.close();
  });

  it("stops the client library hard: no password, token or ticket is said to him", async () => {
    const handle = freshHandle();
    const storage = memoryStorage();
    // The pin belongs to an address; here the man takes the place of the server at the same address.
    const direct = clientAt(node.wsUrl, storage);
    await direct.start();
    await direct.register({ handle, password: PASSWORD });
    await direct.stop();
    const openSocket = nodePlatform().openSocket;
    const deceived = new Client({
      ...nodePlatform(),
      openSocket: (_url, protocols, events) => openSocket(man.wsUrl, protocols, events),
      url: node.wsUrl,
      storage,
      device: { name: "test" },
    });
    const refused = new Promise<void>((resolve) => {
      deceived.on("state", (state) => {
        if (state.name === "refused") resolve();
      });
    });
    await deceived.start();
    await refused;
    assert.equal(deceived.state.name === "refused" && deceived.state.why.reason, "identityMismatch");
    await assert.rejects(deceived.signIn({ handle, password: PASSWORD }));
    assert.deepEqual(man.overheard, []);
    await deceived.stop();
  });

  it("[A1] cannot relay a sign-in to the server: the proof belongs to the other channel", async () => {
    const handle = freshHandle();
    const direct = await registerPerson(node.wsUrl, handle);
    const trusting = clientAt(man.wsUrl);
    await trusting.start();
    await assert.rejects(trusting.signIn({ handle, password: PASSWORD }));
    assert.equal(trusting.userId, null);
    assert(man.overheard.length > 0, "the client did talk to him");
    assert(man.overheard.every((line) => !line.includes(PASSWORD)));
    await trusting.stop();
    await direct.connection.close();
  });
});
