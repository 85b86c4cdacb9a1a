import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { type Message, type Method, ReplyError } from "@parley/protocol";
import { runBackup, runRestore } from "../src/backup/run-backup.ts";
import { createConfig } from "../src/config.ts";
import { runCommandLine } from "./_util/command.ts";
import { declared, FileTransfer } from "./_util/file-transfer.ts";
import { removeTemporaryFolders, temporaryFolder } from "./_util/folder.ts";
import { type SpawnedServer, spawnServer, startNode } from "./_util/node.ts";
import { turnsUntil } from "./_util/patience.ts";
import { openDirect, type Person, registerPerson, resumePerson, textMessage } from "./_util/person.ts";
import type { RawConnection } from "./_util/raw-connection.ts";
import { type RedisServer, startRedis } from "./_util/redis.ts";

const PASSPHRASE = "a long passphrase for backups";
const OTHER_PASSPHRASE = "another one for the identity";
const ENVIRONMENT = { PARLEY_BACKUP_PASSPHRASE: PASSPHRASE, PARLEY_BACKUP_IDENTITY_PASSPHRASE: OTHER_PASSPHRASE };

/** Where a server keeps things. */
type Place = readonly string[];

interface Sent {
  readonly chatId: string;
  readonly seq: number;
  readonly text: string;
}

/** What people had been told when the backup began. */
interface Before {
  readonly people: readonly Person[];
  readonly chats: readonly string[];
  readonly sent: readonly Sent[];
  readonly file: { readonly fileId: string; readonly chatId: string; readonly seq: number; readonly bytes: Buffer };
  readonly lost: { readonly chatId: string; readonly seq: number; readonly fileId: string };
  readonly fingerprint: string;
}

/** From the banner. */
function fingerprintOf(server: SpawnedServer): string {
  const [, code = ""] = /^Fingerprint\s+(.+)$/m.exec(server.output()) ?? [];
  assert.ok(code.length > 10);
  return code;
}

async function sendFile(url: string, connection: RawConnection, chatId: string, bytes: Buffer, name: string) {
  const begun = (await connection.request("file.begin", declared(chatId, bytes, { name }))) as {
    fileId: string;
    upload: { url: string; headers: Record<string, string> };
  };
  assert.equal(await new FileTransfer(url).put(begun.upload, bytes), 200);
  await connection.request("file.complete", { fileId: begun.fileId });
  const body = { fileId: begun.fileId };
  const sent = await connection.request("message.send", { ...textMessage(chatId, ""), kind: "file", body });
  return { fileId: begun.fileId, chatId, seq: (sent as { seq: number }).seq };
}

/** Whoever is told to wait waits. */
function patient(connection: RawConnection) {
  const request = async (method: Method, params: unknown): Promise<unknown> => {
    for (;;) {
      try {
        return await connection.request(method, params);
      } catch (error) {
        if (!(error instanceof ReplyError) || error.retryAfterMs === 0) throw error;
        await new Promise((resolve) => setTimeout(resolve, error.retryAfterMs));
      }
    }
  };
  return { request };
}

/** Sends, edits, groups and members, without a pause, until it is stopped. */
function load(people: readonly Person[], connections: readonly RawConnection[], chats: readonly string[]) {
  const sent: Sent[] = [];
  let stopped = false;
  const talk = async (who: number) => {
    const connection = patient(connections[who] as RawConnection);
    const other = people[(who + 1) % people.length] as Person;
    for (let n = 0; !stopped; n += 1) {
      const chatId = chats[n % chats.length] as string;
      const text = `${people[who]?.handle} says ${n}`;
      const { seq } = (await connection.request("message.send", textMessage(chatId, text))) as { seq: number };
      sent.push({ chatId, seq, text });
      if (n % 5 === 1) await connection.request("message.edit", { chatId, seq, body: { text: `${text}, better` } });
      if (n % 15 !== 1) continue;
      const group = { name: text, members: [] };
      const { chat } = (await connection.request("chat.createGroup", group)) as { chat: { chatId: string } };
      await connection.request("member.add", { chatId: chat.chatId, userId: other.userId });
      await connection.request("message.send", textMessage(chat.chatId, text));
    }
  };
  const talking = Promise.all(people.map((_, who) => talk(who)));
  return {
    sent,
    /** So many have been acknowledged. */
    async reached(count: number) {
      await turnsUntil(
        () => sent.length >= count,
        () => `${count} to be acknowledged, not ${sent.length}`,
      );
    },
    async stop() {
      stopped = true;
      await talking;
    },
  };
}

async function historyOf(connection: Pick<ReturnType<typeof patient>, "request">, chatId: string): Promise<Message[]> {
  const all: Message[] = [];
  for (;;) {
    const page = (await connection.request("message.history", { chatId, after: all.at(-1)?.seq ?? 0, limit: 200 })) as {
      messages: Message[];
      head: number;
    };
    all.push(...page.messages);
    if (page.messages.length === 0 || all.at(-1)?.seq === page.head) return all;
  }
}

/** Everything that was promised is there, and what is there fits together. */
async function assertRestored(server: SpawnedServer, was: Before): Promise<void> {
  assert.equal(fingerprintOf(server), was.fingerprint, "the server is who it was");
  const [ann] = was.people as [Person];
  const connection = await resumePerson(server.wsUrl, ann);
  for (const chatId of was.chats) {
    const messages = await historyOf(patient(connection), chatId);
    assert.deepEqual(
      messages.map(({ seq }) => seq),
      Array.from(messages, (_, at) => at + 1),
      "the log has no gap",
    );
    const bodies = new Map(messages.map((message) => [message.seq, JSON.stringify(message)]));
    for (const { seq, text } of was.sent.filter((one) => one.chatId === chatId)) {
      assert.ok(bodies.get(seq)?.includes(text), `${seq}: ${text}`);
    }
  }
  // Whatever is listed can be opened, by all of its members.
  for (const person of was.people) {
    const own = await resumePerson(server.wsUrl, person);
    const asking = patient(own);
    const { chats } = (await asking.request("sync.pull", {})) as {
      chats: { chat: { chatId: string; kind: string }; head: number }[];
    };
    assert.ok(chats.length >= 1);
    for (const { chat, head } of chats) {
      const { chatId, kind } = chat;
      assert.ok(head > 0 || kind === "direct");
      assert.equal((await historyOf(asking, chatId)).at(-1)?.seq ?? 0, head);
      if (kind !== "group") continue;
      const { members } = (await asking.request("member.list", { chatId, limit: 50 })) as {
        members: { user: { userId: string } }[];
      };
      assert.ok(members.some(({ user }) => user.userId === person.userId));
    }
    await own.close();
  }
  const { file, lost } = was;
  const { url } = (await connection.request("file.url", {
    chatId: file.chatId,
    seq: file.seq,
    fileId: file.fileId,
  })) as { url: string };
  const answer = await new FileTransfer(server.url).get(url);
  assert.equal(
    createHash("sha256").update(answer.bytes).digest("hex"),
    createHash("sha256").update(file.bytes).digest("hex"),
  );
  assert.equal(
    await connection.refusal("file.url", { chatId: lost.chatId, seq: lost.seq, fileId: lost.fileId }),
    "FILE_EXPIRED",
  );
  // And it goes on.
  const { seq } = (await connection.request("message.send", textMessage(file.chatId, "after the restore"))) as {
    seq: number;
  };
  assert.ok(seq > file.seq);
  await connection.close();
}

/** People talk, a backup is made while they go on, and it holds what they had been told before. */
async function backUpUnderLoad(server: SpawnedServer, place: Place, objects: string, folder: string): Promise<Before> {
  const people = await Promise.all([registerPerson(server.wsUrl), registerPerson(server.wsUrl)]);
  const [ann, bob] = people as [Person, Person];
  const group = { name: "all of us", members: [bob.userId] };
  const { chat } = (await ann.connection.request("chat.createGroup", group)) as { chat: { chatId: string } };
  const chats = [chat.chatId];
  const direct = await openDirect(ann, bob);
  const bytes = Buffer.alloc(20 * 1024 * 1024 + 17, "parley ");
  const file = await sendFile(server.url, ann.connection, direct, bytes, "large.bin");
  const gone = await sendFile(server.url, ann.connection, direct, Buffer.from("soon gone"), "gone.txt");
  const hash = createHash("sha256").update(`f/${gone.fileId}`).digest("hex");
  await rm(join(objects, "objects", hash.slice(0, 2), hash.slice(2)));
  const talk = load(
    people,
    people.map(({ connection }) => connection),
    chats,
  );
  await talk.reached(60);
  const sent = [...talk.sent];
  const before = talk.sent.length;
  const { code, said } = await runCommandLine(["backup", "--to", folder, ...place], ENVIRONMENT);
  const during = talk.sent.length - before;
  await talk.stop();
  assert.equal(code, 0, said);
  assert.match(said, /[12] files of/);
  assert.match(said, /1 files are in no object store/);
  assert.ok(during > 0, "people talked while it was made");
  await Promise.all(people.map(({ connection }) => connection.close()));
  const fingerprint = fingerprintOf(server);
  return { people, chats: [...chats, direct], sent, file: { ...file, bytes }, lost: gone, fingerprint };
}

describe("[NODE-12] backup and restore", () => {
  let redis: RedisServer;
  const running: SpawnedServer[] = [];
  const start = async (place: Place) => {
    const server = await spawnServer(place);
    running.push(server);
    return server;
  };
  before(async () => {
    redis = await startRedis();
  });
  after(async () => {
    await Promise.all(running.map((server) => server.kill()));
    await redis.stop();
    await removeTemporaryFolders();
  });

  /** Words of content that no file of a backup may show. */
  async function assertSealed(folder: string, was: Before): Promise<void> {
    const names = await readdir(folder, { recursive: true, withFileTypes: true });
    const files = names.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
    assert.ok(files.length >= 4);
    for (const path of files) {
      const bytes = await readFile(path);
      for (const word of [was.people[0]?.handle ?? "", "all of us", "parley parley"])
        assert.equal(bytes.includes(word), false, path);
    }
  }

  test("under load from the embedded store to Redis, and back", async (t) => {
    const [data, other, third, first, second] = (await Promise.all(Array.from({ length: 5 }, temporaryFolder))) as [
      string,
      string,
      string,
      string,
      string,
    ];
    const embedded = ["--data", data];
    let server = await start(embedded);
    const was = await backUpUnderLoad(server, embedded, join(data, "objects"), first);
    await server.stop();
    await assertSealed(first, was);

    const onRedis = ["--data", other, "--store", redis.url];
    const restored = await runCommandLine(["restore", "--from", first, ...onRedis], ENVIRONMENT);
    assert.equal(restored.code, 0, restored.said);
    t.diagnostic(restored.said.replaceAll("\n", " "));
    server = await start(onRedis);
    await assertRestored(server, was);

    const again = await backUpUnderLoad(server, onRedis, join(other, "objects"), second);
    assert.equal(await redis.admin.exists("backup", "backup:deeds"), 0, "it leaves no mark");
    const refused = await runCommandLine(["restore", "--from", second, ...onRedis], ENVIRONMENT);
    assert.deepEqual([refused.code, /not empty/.test(refused.said)], [1, true], refused.said);
    await server.stop();
    const alone = ["--data", third];
    const back = await runCommandLine(["restore", "--from", second, ...alone], ENVIRONMENT);
    assert.equal(back.code, 0, back.said);
    t.diagnostic(back.said.replaceAll("\n", " "));
    server = await start(alone);
    await assertRestored(server, again);
    await server.stop();
  });

  test("a backup that cannot be used is refused in words, and no server starts on half of one", async () => {
    const [data, folder, target] = (await Promise.all(Array.from({ length: 3 }, temporaryFolder))) as [
      string,
      string,
      string,
    ];
    const config = (place: string) => createConfig({ data: place, logLevel: "silent" });
    const order = (environment: NodeJS.ProcessEnv) => ({
      folder,
      passphraseFile: "",
      identityPassphraseFile: "",
      environment,
    });
    const refused = (attempt: Promise<unknown>, message: RegExp) =>
      assert.rejects(attempt, { name: "ConfigError", message });
    const restore = (place: string, environment: NodeJS.ProcessEnv = ENVIRONMENT) =>
      runRestore(config(place), order(environment));
    const backup = (environment: NodeJS.ProcessEnv = ENVIRONMENT) => runBackup(config(data), order(environment));

    await refused(backup(), /no store/);
    await (await startNode({ data })).stop();
    await refused(backup({}), /--passphrase-file/);
    await refused(backup({ PARLEY_BACKUP_PASSPHRASE: "short" }), /at least 12/);
    await refused(restore(target), /no whole backup/);
    assert.match(await backup(), /state of one moment/);
    await refused(backup(), /not empty/);
    await refused(
      restore(target, { ...ENVIRONMENT, PARLEY_BACKUP_PASSPHRASE: OTHER_PASSPHRASE }),
      /not its passphrase/,
    );
    await refused(restore(target, { PARLEY_BACKUP_PASSPHRASE: PASSPHRASE }), /not its passphrase/);
    const elsewhere = { ...ENVIRONMENT, PARLEY_SECRET: "x".repeat(40) };
    await refused(restore(target, elsewhere), /PARLEY_SECRET is not the secret/);
    const head = await readFile(join(folder, "backup.json"), "utf8");
    await writeFile(join(folder, "backup.json"), head.replace('"format": 1', '"format": 2'));
    await refused(restore(target), /format 2/);
    await writeFile(join(folder, "backup.json"), head);
    const bytes = await readFile(join(folder, "store"));
    const changed = Buffer.concat([bytes.subarray(0, 40), Buffer.of((bytes[40] ?? 0) ^ 1), bytes.subarray(41)]);
    for (const spoilt of [bytes.subarray(0, -1), changed]) {
      await writeFile(join(folder, "store"), spoilt);
      const place = await temporaryFolder();
      await refused(restore(place), /changed or cut off/);
      await refused(startNode({ data: place }), /did not get to its end/);
    }
  });
});
