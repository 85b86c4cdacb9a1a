import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { rm } from "node:fs/promises";
import { after, before, test } from "node:test";
import type { Result } from "@parley/protocol";
import { runBackup, runRestore } from "../src/backup/run-backup.ts";
import { type Config, createConfig } from "../src/config.ts";
import { declared, FileTransfer } from "./_util/file-transfer.ts";
import { removeTemporaryFolders, temporaryFolder } from "./_util/folder.ts";
import { startNode } from "./_util/node.ts";
import { type Person, registerPerson, resumePerson, textMessage } from "./_util/person.ts";
import { type Rgw, startRgw } from "./_util/rgw.ts";

const PASSPHRASE = { PARLEY_BACKUP_PASSPHRASE: "a long passphrase for backups" };
/** More than a client sends in one part, so that the object is one of parts. */
const LARGE = 11 * 1024 ** 2;

let rgw: Rgw;
before(async () => {
  rgw = await startRgw();
});
after(async () => {
  await rgw?.stop();
  await removeTemporaryFolders();
});

type Place = Partial<Config> & { readonly data: string };
const inBucket = (data: string, objectsBucket: string): Place => ({
  ...{ data, objectsBucket, objectsEndpoint: rgw.url },
  ...{ objectsAccessKey: rgw.accessKey, objectsSecretKey: rgw.secretKey },
});
/** URLs of the built-in service have no host. */
const transferAt = (place: Place, url: string) => new FileTransfer(place.objectsEndpoint ?? url);

interface Sent {
  readonly chatId: string;
  readonly seq: number;
  readonly fileId: string;
  readonly bytes: Buffer;
}

async function send({ connection }: Person, transfer: FileTransfer, chatId: string, bytes: Buffer): Promise<Sent> {
  const begun = (await connection.request("file.begin", declared(chatId, bytes))) as Result<"file.begin">;
  assert.equal(await transfer.put(begun.upload ?? assert.fail(), bytes), 200);
  const { fileId } = begun;
  await connection.request("file.complete", { fileId });
  const message = { ...textMessage(chatId, ""), kind: "file", body: { fileId } };
  const { seq } = (await connection.request("message.send", message)) as Result<"message.send">;
  return { chatId, seq, fileId, bytes };
}

/** The person finds every file as it was. */
async function assertThere(place: Place, person: Person, files: readonly Sent[]): Promise<void> {
  const node = await startNode(place);
  try {
    const connection = await resumePerson(node.wsUrl, person);
    for (const { chatId, seq, fileId, bytes } of files) {
      const found = (await connection.request("file.url", { chatId, seq, fileId })) as Result<"file.url">;
      const { status, bytes: read } = await transferAt(place, node.url).get(found.url);
      assert.equal(status, 200);
      assert.ok(bytes.equals(read), "the bytes are those that were sent");
    }
    await connection.close();
  } finally {
    await node.stop();
  }
}

/** Backed up while its server runs or not, and restored. */
async function move(from: Place, to: Place): Promise<string> {
  const folder = await temporaryFolder();
  const order = { folder, passphraseFile: "", identityPassphraseFile: "", environment: PASSPHRASE };
  await runBackup(createConfig({ logLevel: "silent", ...from }), order);
  return runRestore(createConfig({ logLevel: "silent", ...to }), order);
}

test("[NODE-12] files of an S3 store go into a backup, from there into a folder, and into another bucket again", async () => {
  const [first, second, third] = [await temporaryFolder(), await temporaryFolder(), await temporaryFolder()];
  const inS3 = inBucket(first, "attic");
  const node = await startNode(inS3);
  const ann = await registerPerson(node.wsUrl);
  const made = await ann.connection.request("chat.createGroup", { name: "g", members: [] });
  const { chatId } = (made as Result<"chat.createGroup">).chat;
  const transfer = transferAt(inS3, node.url);
  const files = [await send(ann, transfer, chatId, randomBytes(LARGE))];
  files.push(await send(ann, transfer, chatId, randomBytes(3)));

  const inFolder: Place = { data: second };
  assert.match(await move(inS3, inFolder), /2 files/);
  await ann.connection.close();
  await node.stop();
  // What is restored needs nothing of where it came from.
  await rm(first, { recursive: true });
  await assertThere(inFolder, ann, files);

  const inOtherBucket = inBucket(third, "cellar");
  await move(inFolder, inOtherBucket);
  await rm(second, { recursive: true });
  await assertThere(inOtherBucket, ann, files);
});
