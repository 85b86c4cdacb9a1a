import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { type Config, createConfig } from "../src/config.ts";
import { runDoctor } from "../src/doctor/run-doctor.ts";
import { relaySecret } from "../src/open-relays.ts";
import { runCommandLine } from "./_util/command.ts";
import { removeTemporaryFolders, temporaryFolder } from "./_util/folder.ts";
import { startNode, type TestNode } from "./_util/node.ts";
import { startRedis } from "./_util/redis.ts";

describe("parley doctor", () => {
  let node: TestNode;
  const proxies: Server[] = [];
  before(async () => {
    node = await startNode();
  });
  after(async () => {
    for (const proxy of proxies) proxy.close();
    await node?.stop();
    await removeTemporaryFolders();
  });

  async function examine(settings: Partial<Config>, url: string | null = null, fingerprint: string | null = null) {
    const config = createConfig({ data: node.data, ...settings });
    const lines: string[] = [];
    const order = { url, relaySecret: () => relaySecret(config), fingerprint: async () => fingerprint };
    const good = await runDoctor(config, order, (line) => lines.push(line));
    return { good, said: lines.join("\n") };
  }

  /** A proxy that does not do what one has to. */
  async function proxy(spoil: (incoming: IncomingMessage, answer: ServerResponse) => boolean): Promise<string> {
    const server = createServer((incoming, answer) => {
      if (spoil(incoming, answer)) return;
      const { connection: _, upgrade: __, ...headers } = incoming.headers;
      const passed = request({ port: node.port, method: incoming.method, path: incoming.url, headers }, (back) => {
        answer.writeHead(back.statusCode ?? 500, back.headers);
        back.pipe(answer);
      });
      passed.on("error", () => answer.destroy());
      incoming.pipe(passed);
    });
    proxies.push(server);
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  test("a server that is well, and what cannot be known from here", async () => {
    const { good, said } = await examine({}, node.url, node.identity.fingerprint);
    assert.equal(good, true, said);
    for (const words of [
      /^ok .*MiB are free/m,
      /^ok .*leads to a Parley/m,
      /^ok .*the same/m,
      /^ok .*WebSockets get through/m,
    ]) {
      assert.match(said, words);
    }
    assert.match(said, /^ok .*Large bodies get through/m);
    assert.match(said, /^warning .*no TLS/m);
    assert.match(said, /^warning .*no relay/m);
    assert.match(said, /^unproven .*others reach that address/m);
    assert.match((await examine({})).said, /^unproven .*--url/m);
  });

  test("what a proxy does wrong", async () => {
    const plain = await proxy(() => false);
    assert.match((await examine({}, plain)).said, /^FAILED .*WebSockets do not get through: a proxy passes/m);
    const small = await proxy(({ headers }, answer) => {
      if (Number(headers["content-length"] ?? 0) <= 1024 ** 2) return false;
      answer.writeHead(413).end();
      return true;
    });
    assert.match((await examine({}, small)).said, /^FAILED .*Large files do not get through/m);
    const other = await proxy((_, answer) => {
      answer.writeHead(200).end("Welcome to nginx!");
      return true;
    });
    assert.match((await examine({}, other)).said, /^FAILED .*not as Parley does/m);
    const late = await proxy((_, answer) => {
      answer.setHeader("date", new Date(Date.now() - 3600_000).toUTCString());
      return false;
    });
    assert.match((await examine({}, late)).said, /The clock behind that address/);
    const { good, said } = await examine({}, plain, "OTHR-OTHR");
    assert.match(said, /^FAILED .*another server/m);
    assert.equal(good, false);
  });

  test("addresses at which nobody is, and certificates that nobody trusts", async () => {
    assert.match((await examine({}, "http://127.0.0.1:1")).said, /^FAILED .*nobody listens there/m);
    assert.match((await examine({}, `https://127.0.0.1:${node.port}`)).said, /^FAILED .*does not speak TLS/m);
    const sealed = await startNode({ tls: "selfsigned" });
    try {
      assert.match((await examine({}, sealed.url)).said, /^FAILED .*do not trust the certificate/m);
    } finally {
      await sealed.stop();
    }
  });

  test("stores that lose things, or are not there", async () => {
    const volatile = await startRedis(["--appendonly", "no", "--save", ""]);
    const lazy = await startRedis(["--appendonly", "yes", "--appendfsync", "everysec"]);
    try {
      assert.match((await examine({ store: volatile.url })).said, /^FAILED .*keeps nothing on disk/m);
      const { good, said } = await examine({ store: lazy.url });
      assert.equal(good, true, said);
      assert.match(said, /^warning .*appendfsync is everysec/m);
      assert.match(said, /^ok .*The clock of 127\.0\.0\.1:\d+ agrees/m);
      assert.match(said, /^warning .*--objects-endpoint/m);
    } finally {
      await Promise.all([volatile.stop(), lazy.stop()]);
    }
    assert.match((await examine({ store: "redis://127.0.0.1:1/0" })).said, /^FAILED .*cannot be reached/m);
  });

  test("settings that contradict each other, an object store and a relay that are not there", async () => {
    const { good, said } = await examine({
      host: "0.0.0.0",
      trustedProxies: ["0.0.0.0/0"],
      objectsEndpoint: "http://127.0.0.1:1",
      objectsAccessKey: "a",
      objectsSecretKey: "b",
      turn: ["turn:127.0.0.1:1?transport=tcp"],
      turnSecret: "s".repeat(40),
    });
    assert.equal(good, false);
    assert.match(said, /^FAILED .*nearly everybody/m);
    assert.match(said, /^warning .*whoever reaches the server can make an account/m);
    assert.match(said, /^FAILED .*127\.0\.0\.1:1/m);
    assert.match(said, /^FAILED .*turn/im);
    assert.match((await examine({ data: join(await temporaryFolder(), "none") })).said, /^FAILED .*no folder/m);
  });

  test("by the command line, whose exit code says whether anything failed", async () => {
    const well = await runCommandLine(["doctor", "--url", node.url, "--data", node.data]);
    assert.deepEqual([well.code, /the fingerprint is the same/.test(well.said)], [0, true], well.said);
    const ill = await runCommandLine(["doctor", "--url", "http://127.0.0.1:1", "--data", node.data]);
    assert.deepEqual([ill.code, /FAILED/.test(ill.said)], [1, true], ill.said);
  });
});
