import assert from "node:assert/strict";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { connect, type NatsConnection } from "@nats-io/transport-node";
import { busContract, listenTo, typing } from "../src/bus/bus.contract.ts";
import type { Bus } from "../src/bus/bus.ts";
import { NatsBus } from "../src/bus/nats.ts";
import { parseNatsUrl } from "../src/bus/nats-url.ts";
import { selfSignedTls } from "../src/identity/self-signed.ts";
import { temporaryFolder } from "./_util/folder.ts";
import { type NatsServer, startNats } from "./_util/nats.ts";
import { turnsUntil } from "./_util/patience.ts";

let nats: NatsServer;
let stranger: NatsConnection;
const opened: Bus[] = [];
let nodes = 0;

before(async () => {
  nats = await startNats();
  stranger = await connect({ servers: `127.0.0.1:${nats.port}` });
});
after(async () => {
  for (const bus of opened) await bus.close();
  await stranger.close();
  await nats.stop();
});

async function openNode(url = nats.url): Promise<Bus> {
  const bus = await NatsBus.open({ location: parseNatsUrl(url), nodeId: `node${nodes++}` });
  opened.push(bus);
  return bus;
}

const openNodes = (count: number) => Promise.all(Array.from({ length: count }, () => openNode()));

/** Publishes until the hearer hears it: when a link is back, only the link knows. */
async function heardOnceLinked(sender: Bus, hearer: ReturnType<typeof listenTo>): Promise<void> {
  const before = hearer.heard.length;
  await turnsUntil(
    () => {
      if (hearer.heard.length > before) return true;
      sender.publish(typing("chat", "again"));
      return false;
    },
    () => "the link to be back",
  );
}

busContract("nats", openNodes);

describe("[NODE-14] bus nats, when messages are lost", () => {
  it("tells a hole of the channel when a node's numbers jump, and when a text is broken", async () => {
    const [hearer] = (await openNodes(1)).map(listenTo);
    assert(hearer);
    const publish = (text: string) => stranger.publish("parley.bus.7", text);
    publish(`other 1 ${JSON.stringify(typing("chat", "a"))}`);
    publish(`other 3 ${JSON.stringify(typing("chat", "c"))}`);
    await hearer.hears(2);
    assert.deepEqual(hearer.holes, [7]);
    publish("other 4 {");
    publish(`other 4 ${JSON.stringify(typing("chat", "d"))}`);
    await hearer.hears(3);
    assert.deepEqual(hearer.holes, [7, 7]);
  });

  it("loses what is longer than the server takes, and shows the hole", async () => {
    const [sender, hearer] = (await openNodes(2)).map(listenTo);
    assert(sender && hearer);
    sender.bus.publish(typing("chat", "first"));
    sender.bus.publish(typing("chat", "x".repeat(2 * 1024 * 1024)));
    sender.bus.publish(typing("chat", "third"));
    await hearer.hears(2);
    assert.deepEqual(hearer.heard, [typing("chat", "first"), typing("chat", "third")]);
    assert.equal(hearer.holes.length, 1);
  });

  it("does not hear a deployment with another prefix", async () => {
    const [own, other] = [listenTo(await openNode()), await openNode(`${nats.url}/other`)];
    const fellow = await openNode();
    other.publish(typing("chat", "not ours"));
    fellow.publish(typing("chat", "ours"));
    await own.hears(1);
    assert.deepEqual(own.heard, [typing("chat", "ours")]);
  });

  it("survives a server that is killed and comes back, tells a hole, and keeps nothing for later", async () => {
    const [sender, hearer] = (await openNodes(2)).map(listenTo);
    assert(sender && hearer);
    await nats.kill();
    // Ten thousand times a kilobyte: dropped, not kept.
    for (let n = 0; n < 10_000; n++) sender.bus.publish(typing("chat", "x".repeat(1_000)));
    await nats.restart();
    await turnsUntil(
      () => hearer.holes.length > 0,
      () => "a hole",
    );
    assert.equal(hearer.holes[0], null);
    await heardOnceLinked(sender.bus, hearer);
    assert.deepEqual(hearer.heard[0], typing("chat", "again"));
  });

  it("drops what a server that hangs does not take", async () => {
    const [sender, hearer] = (await openNodes(2)).map(listenTo);
    assert(sender && hearer);
    nats.freeze();
    const before = process.memoryUsage().rss;
    for (let n = 0; n < 4_000; n++) {
      sender.bus.publish(typing("chat", "x".repeat(32 * 1024)));
      if (n % 100 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    const grown = process.memoryUsage().rss - before;
    assert.ok(grown < 100 * 1024 * 1024, `${grown} bytes more for 128 MB that nobody takes`);
    nats.thaw();
    await heardOnceLinked(sender.bus, hearer);
  });
});

/** A nats-server waits two seconds for who comes to say who they are, which a machine that does much else may take. */
const UNHURRIED = "timeout: 30,";

describe("[NODE-14] bus nats, who may come in", () => {
  it("takes a password and a token, and refuses to start with a wrong one", async () => {
    const folder = await temporaryFolder();
    const [byPassword, byToken] = [join(folder, "password.conf"), join(folder, "token.conf")];
    await writeFile(byPassword, `authorization { ${UNHURRIED} user: me, password: "p@ss" }`);
    await writeFile(byToken, `authorization { ${UNHURRIED} token: t0ken }`);
    const guarded = await startNats(["--config", byPassword]);
    try {
      const at = (access: string) => `nats://${access}127.0.0.1:${guarded.port}`;
      await openNode(at("me:p%40ss@"));
      await assert.rejects(openNode(at("me:wrong@")), /[Aa]uthorization/);
      await assert.rejects(openNode(at("")), /[Aa]uthorization/);
      await guarded.kill();
      await guarded.restart(["--config", byToken]);
      await openNode(at("t0ken@"));
    } finally {
      await guarded.stop();
      await rm(folder, { recursive: true, force: true });
    }
  });

  it("refuses to start as a user who may not speak, or not hear", async () => {
    const folder = await temporaryFolder();
    const file = join(folder, "nats.conf");
    await writeFile(
      file,
      `authorization { ${UNHURRIED} users = [
        { user: deaf, password: x, permissions: { publish: ">", subscribe: { deny: "parley.>" } } }
        { user: dumb, password: x, permissions: { subscribe: ">", publish: { deny: "parley.>" } } }
        { user: both, password: x, permissions: { subscribe: "parley.>", publish: "parley.>" } }
      ] }`,
    );
    const strict = await startNats(["--config", file]);
    try {
      const as = (user: string) => openNode(`nats://${user}:x@127.0.0.1:${strict.port}`);
      await assert.rejects(as("deaf"), /[Pp]ermission/);
      await assert.rejects(as("dumb"), /[Pp]ermission/);
      await as("both");
    } finally {
      await strict.stop();
      await rm(folder, { recursive: true, force: true });
    }
  });

  it("speaks TLS, to a server that an authority it was given vouches for and to no other", async () => {
    const folder = await temporaryFolder();
    const { cert, key } = await selfSignedTls(folder, "127.0.0.1", Date.now());
    const [certFile, keyFile, file] = ["cert.pem", "key.pem", "nats.conf"].map((name) => join(folder, name));
    assert(certFile && keyFile && file);
    await Promise.all([writeFile(certFile, cert), writeFile(keyFile, key)]);
    await writeFile(file, `tls { ${UNHURRIED} cert_file: "${certFile}", key_file: "${keyFile}" }`);
    const sealed = await startNats(["--config", file]);
    try {
      const at = `tls://127.0.0.1:${sealed.port}`;
      const [sender, hearer] = [
        await openNode(`${at}?ca=${certFile}`),
        listenTo(await openNode(`${at}?ca=${certFile}`)),
      ];
      sender.publish(typing("chat", "sealed"));
      await hearer.hears(1);
      await assert.rejects(openNode(at));
      await assert.rejects(openNode(`tls://127.0.0.1:${nats.port}`), /tls/);
    } finally {
      await sealed.stop();
      await rm(folder, { recursive: true, force: true });
    }
  });
});
