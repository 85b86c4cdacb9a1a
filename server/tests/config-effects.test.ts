import assert from "node:assert/strict";
import { createHmac, randomBytes, randomUUID } from "node:crypto";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { connect as connectTls } from "node:tls";
import { fileURLToPath } from "node:url";
import type { Result } from "@parley/protocol";
import { nodeCrypto } from "@parley/protocol/crypto-node";
import { type Config, createConfig, helpText } from "../src/config.ts";
import { selfSignedTls } from "../src/identity/self-signed.ts";
import { metrics } from "../src/metrics.ts";
import { runCommandLine } from "./_util/command.ts";
import { declared, FileTransfer } from "./_util/file-transfer.ts";
import { removeTemporaryFolders, temporaryFolder } from "./_util/folder.ts";
import { spawnServer, startNode, type TestNode } from "./_util/node.ts";
import { openDirect, registerPerson, textMessage } from "./_util/person.ts";
import { RawConnection } from "./_util/raw-connection.ts";
import { DURABLE, startRedis } from "./_util/redis.ts";
import { refused } from "./_util/refusal.ts";
import { freePort } from "./_util/service-process.ts";

/** Where a setting is shown to have its effect: here, or by a test of another file, by the start of its title. */
type Proof = (() => Promise<void>) | readonly [file: string, title: string];

const SECRET = "0123456789abcdef0123456789abcdef";
const MIB = 1024 ** 2;

after(removeTemporaryFolders);

/** For as long as `work` takes. */
async function withNode<T>(settings: Partial<Config>, work: (node: TestNode) => Promise<T>): Promise<T> {
  const node = await startNode(settings);
  try {
    return await work(node);
  } finally {
    await node.stop();
  }
}

interface Pair {
  readonly node: TestNode;
  readonly ask: Ask;
  readonly chatId: string;
}

/** Two people on such a node, and the chat that they have. The first of them asks. */
function withPair<T>(settings: Partial<Config>, work: (pair: Pair) => Promise<T>): Promise<T> {
  return withNode(settings, async (node) => {
    const [ann, ben] = [await registerPerson(node.wsUrl), await registerPerson(node.wsUrl)];
    const ask: Ask = (method, params) => ann.connection.request(method, params) as never;
    try {
      return await work({ node, ask, chatId: await openDirect(ann, ben) });
    } finally {
      await Promise.all([ann, ben].map(({ connection }) => connection.close()));
    }
  });
}
type Ask = <M extends Parameters<RawConnection["request"]>[0], R = M extends keyof Results ? Results[M] : unknown>(
  method: M,
  params: unknown,
) => Promise<R>;
interface Results {
  "call.start": Result<"call.start">;
  "call.ice": Result<"call.ice">;
  "file.begin": Result<"file.begin">;
  "file.url": Result<"file.url">;
  "message.send": Result<"message.send">;
  "sync.pull": Result<"sync.pull">;
}

/** Threads of this process. */
const threads = () => readdirSync("/proc/self/task").length;

function relaysOf(settings: Partial<Config>): Promise<Result<"call.ice">["ice"]> {
  return withPair({ turn: ["turn:relay.example:3478"], ...settings }, async ({ ask, chatId }) => {
    const own = { callId: randomUUID(), participantId: randomUUID() };
    return (await ask("call.start", { ...own, chatId, video: false, streams: [] })).ice;
  });
}

/** As coturn checks it. */
function assertSignedBy(secret: string, { servers }: Result<"call.ice">["ice"]): void {
  const [{ username = "", credential } = {}] = servers;
  assert.equal(credential, createHmac("sha1", secret).update(username).digest("base64"));
}

/** Of an S3 store that nobody reaches: the node signs all the same. */
function signedUpload(settings: Partial<Config>): Promise<{ url: URL; warnings: readonly string[] }> {
  const account = { objectsAccessKey: "AK", objectsSecretKey: SECRET };
  return withPair({ objectsEndpoint: "http://127.0.0.1:1", ...account, ...settings }, async ({ node, ask, chatId }) => {
    const { upload } = await ask("file.begin", declared(chatId, randomBytes(10)));
    return { url: new URL(upload?.url ?? ""), warnings: node.warnings };
  });
}

/** Files of a certificate that nothing else has. */
async function certificate(): Promise<{ tlsCert: string; tlsKey: string }> {
  const folder = await temporaryFolder();
  const { cert, key } = await selfSignedTls(folder, "127.0.0.1", Date.now());
  const files = { tlsCert: join(folder, "cert.pem"), tlsKey: join(folder, "key.pem") };
  await Promise.all([writeFile(files.tlsCert, cert), writeFile(files.tlsKey, key)]);
  return files;
}

const PROOFS: Readonly<Record<keyof Config, Proof>> = {
  host: () =>
    withNode({ host: "127.0.0.2" }, async ({ url, port }) => {
      assert.equal((await fetch(`${url}/healthz`)).status, 200);
      await assert.rejects(fetch(`http://127.0.0.1:${port}/healthz`));
    }),
  port: async () => {
    const port = await freePort();
    await withNode({ port }, async (node) => {
      assert.equal(node.port, port);
      assert.equal((await fetch(`http://127.0.0.1:${port}/healthz`)).status, 200);
    });
  },
  data: async () => {
    const data = await temporaryFolder();
    await withNode({ data }, async () => {});
    assert.ok((await readdir(data)).includes("store"));
  },
  store: ["tests/gateway-node.test.ts", "[NODE-2] two nodes on one store show one identity"],
  storeReplica: async () => {
    const primary = await startRedis();
    const replica = await startRedis([...DURABLE, "--replicaof", "127.0.0.1", String(primary.port)]);
    const used = () => [...metrics.replicaReads.entries()].find(([{ outcome }]) => outcome === "used")?.[1] ?? 0;
    try {
      await withPair({ store: primary.url, storeReplica: replica.url }, async ({ ask, chatId }) => {
        const before = used();
        // Until it has begun to follow.
        while (used() === before) await ask("message.history", { chatId, limit: 50 });
      });
    } finally {
      await Promise.all([replica.stop(), primary.stop()]);
    }
  },
  bus: ["tests/gateway-node.test.ts", "[NODE-9] a node whose store or bus is gone is alive but not ready"],
  publicUrl: () =>
    withNode({ publicUrl: "https://n1.example/" }, async ({ url }) => {
      assert.deepEqual(await (await fetch(`${url}/locate`)).json(), { url: "https://n1.example" });
    }),
  drain: ["tests/rolling-restart.test.ts", "[NODE-10] all of them are restarted, one after the other, under load"],
  name: async () => {
    const server = await spawnServer(["--mail", "outbox"], { PARLEY_NAME: "Attic Chat" });
    try {
      const connection = await RawConnection.open(server.wsUrl);
      await connection.request("auth.requestCode", { purpose: "register", email: "dev@mail.example" });
      await server.prints("Attic Chat", 1);
      await connection.close();
    } finally {
      await server.stop();
    }
  },
  registration: ["tests/accounts-entry.test.ts", "[ACC-11] the banner shows the owner's code"],
  registrationBurst: () =>
    withNode({ registrationBurst: 1, registrationSeconds: 3_600 }, async ({ wsUrl }) => {
      const first = await registerPerson(wsUrl);
      const late = await refused(registerPerson(wsUrl), "RATE_LIMITED");
      // What is left of the hour.
      assert.ok(late.retryAfterMs > 3_500_000, String(late.retryAfterMs));
      await first.connection.close();
    }),
  registrationSeconds: () =>
    withNode({ registrationBurst: 1, registrationSeconds: 60 }, async ({ wsUrl }) => {
      const first = await registerPerson(wsUrl);
      assert.ok((await refused(registerPerson(wsUrl), "RATE_LIMITED")).retryAfterMs <= 60_000);
      await first.connection.close();
    }),
  invites: ["tests/accounts-entry.test.ts", "[ACC-11] everybody makes invites where the operator says so"],
  sessions: ["tests/accounts-devices.test.ts", "[SYNC-6] replace: the old device hears why and is closed"],
  mail: ["tests/accounts-entry.test.ts", "[ACC-2] the development outbox prints a mail with its code to the log"],
  email: ["tests/accounts-mail.test.ts", "[ACC-1] a server that requires an address takes no account without"],
  tls: ["tests/gateway-node.test.ts", "a TLS listener carries sealed connections"],
  tlsCert: async () => {
    const own = await certificate();
    await withNode({ tls: "files", ...own }, async ({ port }) => {
      const socket = connectTls({ port, rejectUnauthorized: false });
      await once(socket, "secureConnect");
      assert.equal(socket.getPeerX509Certificate()?.toString(), `${await readFile(own.tlsCert, "utf8")}\n`);
      socket.destroy();
    });
  },
  tlsKey: async () => {
    const [one, other] = await Promise.all([certificate(), certificate()]);
    const mixed = startNode({ tls: "files", tlsCert: one.tlsCert, tlsKey: other.tlsKey });
    await assert.rejects(mixed, { name: "ConfigError", message: /--tls-key/ });
  },
  imscMode: ["tests/gateway-upgrade.test.ts", "[M7] $"],
  plaintextWs: ["tests/gateway-upgrade.test.ts", "[M7] $"],
  kems: () =>
    withNode({ kems: ["rsa2048"] }, async ({ wsUrl }) => {
      const share = () => nodeCrypto.generateShare("rsa2048");
      await (await RawConnection.open(wsUrl, { share: await share() })).close();
      await assert.rejects(RawConnection.open(wsUrl), /^Error: closed with/);
    }),
  trustedProxies: ["tests/gateway-upgrade.test.ts", "strangers' sockets are bounded by address; the forwarded one"],
  origins: ["tests/gateway-upgrade.test.ts", "pages of other hosts are refused, our own and programs are not"],
  workers: ["tests/workers.test.ts", "starts, says so, and tells apart what each of them does"],
  workersPool: async () => {
    const begun = (workersPool: number) =>
      withPair({ workersPool }, async ({ ask, chatId }) => {
        const before = threads();
        await Promise.all(Array.from({ length: 40 }, () => ask("message.history", { chatId, limit: 50 })));
        return threads() - before;
      });
    assert.ok((await begun(3)) >= (await begun(1)) + 2);
  },
  lobby: ["tests/domain-lobby.test.ts", "[CHAT-6] off, which is the default, there is none; on again"],
  lobbyName: () =>
    withPair({ lobby: "on", lobbyName: "Market place" }, async ({ ask }) => {
      assert.match(JSON.stringify(await ask("sync.pull", {})), /"Market place"/);
    }),
  newest: () =>
    withPair({ newest: 2 }, async ({ ask, chatId }) => {
      for (let n = 0; n < 4; n++) await ask("message.send", textMessage(chatId, `canary ${n}`));
      const pulled = JSON.stringify(await ask("sync.pull", {}));
      assert.deepEqual(
        [0, 1, 2, 3].filter((n) => pulled.includes(`"canary ${n}"`)),
        [2, 3],
      );
    }),
  retractWindow: () =>
    withPair({ retractWindow: 0 }, async ({ ask, chatId }) => {
      const { seq } = await ask("message.send", textMessage(chatId, "for good"));
      await refused(ask("message.retract", { chatId, seq }), "TOO_LATE");
    }),
  objectsEndpoint: async () => {
    const { url, warnings } = await signedUpload({});
    assert.equal(url.origin, "http://127.0.0.1:1");
    assert.match(warnings.join(), /127\.0\.0\.1:1/);
  },
  objectsPublicEndpoint: async () => {
    const { url, warnings } = await signedUpload({ objectsPublicEndpoint: "https://files.example" });
    assert.equal(url.origin, "https://files.example");
    assert.match(warnings.join(), /127\.0\.0\.1:1/);
  },
  objectsBucket: async () => assert.match((await signedUpload({ objectsBucket: "attic" })).url.pathname, /^\/attic\//),
  objectsRegion: async () => {
    const { url } = await signedUpload({ objectsRegion: "eu-9" });
    assert.match(url.searchParams.get("X-Amz-Credential") ?? "", /^AK\/\d{8}\/eu-9\/s3\//);
  },
  objectsAccessKey: async () => {
    const { url } = await signedUpload({ objectsAccessKey: "mine" });
    assert.match(url.searchParams.get("X-Amz-Credential") ?? "", /^mine\//);
  },
  objectsSecretKey: ["tests/objects-check-rgw.test.ts", "credentials that are wrong"],
  objectsReserve: () =>
    withPair({ objectsReserve: Number.MAX_SAFE_INTEGER }, async ({ ask, chatId }) => {
      await refused(ask("file.begin", declared(chatId, randomBytes(10))), "STORE_FULL");
    }),
  fileRate: ["tests/client-files.test.ts", "[FILE-8] 20 downloads of one person leave another the half"],
  fileRateUser: () =>
    withPair({ fileRateUser: MIB }, async ({ node, ask, chatId }) => {
      const transfer = new FileTransfer(node.url);
      const bytes = randomBytes(2 * MIB);
      const { fileId, upload } = await ask("file.begin", declared(chatId, bytes));
      const begunAt = performance.now();
      assert.equal(await transfer.put(upload ?? assert.fail(), bytes), 200);
      await ask("file.complete", { fileId });
      assert.ok(performance.now() - begunAt > 900, "two MiB at one MiB a second, the first piece at once");
    }),
  fileMax: () =>
    withPair({ fileMax: 1_000 }, async ({ ask, chatId }) => {
      assert.ok((await ask("file.begin", declared(chatId, randomBytes(1_000)))).upload !== undefined);
      await refused(ask("file.begin", declared(chatId, randomBytes(1_001))), "FILE_TOO_LARGE");
    }),
  fileQuota: () =>
    withPair({ fileQuota: 1_000 }, async ({ ask, chatId }) => {
      await refused(ask("file.begin", declared(chatId, randomBytes(1_001))), "QUOTA_EXCEEDED");
    }),
  fileRetention: () =>
    withNode({ fileRetention: 7 }, async ({ data }) => {
      const { said } = await runCommandLine(["admin", "retention", "--data", data]);
      assert.match(said, /removed 7 days after the newest message/);
    }),
  turn: async () => {
    assert.match(JSON.stringify((await relaysOf({ turnSecret: SECRET })).servers), /turn:relay\.example:3478/);
  },
  turnSecret: async () => assertSignedBy(SECRET, await relaysOf({ turnSecret: SECRET })),
  turnSecretFile: async () => {
    const file = join(await temporaryFolder(), "relay");
    await assert.rejects(relaysOf({ turnSecretFile: file }), /there is no file .*relay/);
    await writeFile(file, SECRET, { mode: 0o600 });
    assertSignedBy(SECRET, await relaysOf({ turnSecretFile: file }));
  },
  allowVolatile: ["tests/store-redis.test.ts", "no persistence is refused, unless volatile data is allowed"],
  secretFile: ["tests/gateway-node.test.ts", "[NODE-2] two nodes on one store show one identity"],
  web: async () => {
    const web = await temporaryFolder();
    await writeFile(join(web, "index.html"), "<!doctype html><title>Attic</title>");
    await mkdir(join(web, "assets"));
    await withNode({ web }, async ({ url }) => {
      assert.match(await (await fetch(url)).text(), /<title>Attic</);
    });
  },
  metrics: ["tests/metrics.test.ts", "[NODE-9] by default only this machine asks"],
  logLevel: async () => {
    for (const level of ["warn", "info"]) {
      const data = await temporaryFolder();
      const server = await spawnServer(["--data", data], { PARLEY_LOG_LEVEL: level });
      await runCommandLine(["admin", "retention", "--data", data]);
      if (level === "info") await server.prints("an order of the operator", 1);
      await server.stop();
      assert.equal(server.output().includes("an order of the operator"), level === "info");
    }
  },
};

const flagOf = (name: string) => `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
const sourceOf = (path: string) => readFileSync(fileURLToPath(new URL(`../../../${path}`, import.meta.url)), "utf8");
const NAMES = Object.keys(createConfig({})) as (keyof Config)[];

describe("[NODE-8] every setting", () => {
  test("has a proof that it takes effect", () => {
    assert.deepEqual(Object.keys(PROOFS).sort(), [...NAMES].sort());
    for (const [name, proof] of Object.entries(PROOFS)) {
      if (typeof proof === "function") continue;
      const [file, title] = proof;
      const source = sourceOf(`server/${file}`);
      // A title that says where it is proved is itself quoted here.
      const quoted = ['"', "`"].some((quote) => source.includes(`(${quote}${title}`));
      assert.ok(quoted, `--${name}: ${file} has no test "${title}"`);
    }
  });

  test("is in the help and in README, and these name no other", () => {
    const ofHelp = [...helpText().matchAll(/^ {2}(--[a-z-]+)/gm)].map(([, flag]) => flag);
    assert.deepEqual(ofHelp, NAMES.map(flagOf));
    const [, table = ""] = /^## Options\n([\s\S]*?)\n## /m.exec(sourceOf("README.md")) ?? [];
    const ofReadme = [...table.matchAll(/^\| (`[^|]*`) \|/gm)].flatMap(([, cell = ""]) =>
      [...cell.matchAll(/`(--[a-z-]+)`/g)].map(([, flag]) => flag),
    );
    assert.deepEqual([...ofReadme].sort(), NAMES.map(flagOf).sort());
  });

  for (const [name, proof] of Object.entries(PROOFS)) {
    if (typeof proof === "function") test(`takes effect: ${flagOf(name)}`, proof);
  }
});
