import assert from "node:assert/strict";
import { randomBytes, randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, test } from "node:test";
import { createLog } from "../src/log.ts";
import { declared, FileTransfer } from "./_util/file-transfer.ts";
import { removeTemporaryFolders, temporaryFolder } from "./_util/folder.ts";
import { MailServer } from "./_util/mail-server.ts";
import { startNode } from "./_util/node.ts";
import { Waits } from "./_util/patience.ts";
import { PASSWORD, registerPerson, textMessage } from "./_util/person.ts";
import { RawConnection } from "./_util/raw-connection.ts";
import { startRedis } from "./_util/redis.ts";

after(removeTemporaryFolders);

/** What one conversation holds that nobody but its people may read. */
const TEXTS = {
  message: "canary-text-1f0a",
  edited: "canary-edit-77c2",
  group: "canary-group-9b3d",
  draft: "canary-draft-52e8",
  file: "canary-file-d6a1",
  bytes: "canary-bytes-6f19",
  search: "canary-search-48aa",
  email: "canary-mail-e07b@mail.example",
  wrongPassword: "canary-password-b5f3",
  madeUp: "canary-method-aa01",
};

test("[NODE-9] a day's conversation, with what goes wrong in it, leaves no text, password, token or key in the log", async () => {
  const lines: string[] = [];
  const waits = new Waits();
  const write = (line: string) => {
    lines.push(line);
    waits.wake();
  };
  const log = createLog("debug", { write });
  const said = async (area: string, msg: string) => {
    await waits.until(
      () => lines.some((line) => line.includes(`"area":"${area}"`) && line.includes(`"msg":"${msg}`)),
      () => `a line of ${area}: ${msg}; the last is ${lines.at(-1)}`,
    );
  };
  const [redis, mails, data] = await Promise.all([startRedis(), MailServer.start(), temporaryFolder()]);
  const turnSecret = randomBytes(24).toString("base64url");
  const settings = { data, store: redis.url, mail: mails.url, turn: ["turn:127.0.0.1:3478"], turnSecret };
  const node = await startNode({ ...settings, lobby: "on", registration: "open", invites: "everyone" }, { log });
  const ann = await registerPerson(node.wsUrl);
  const bob = await registerPerson(node.wsUrl);
  const { connection } = ann;

  const group = { name: TEXTS.group, members: [bob.userId] };
  const { chat } = (await connection.request("chat.createGroup", group)) as { chat: { chatId: string } };
  const { chatId } = chat;
  const clientId = randomUUID();
  const { seq } = (await connection.request("message.send", textMessage(chatId, TEXTS.message, clientId))) as {
    seq: number;
  };
  await connection.request("message.edit", { chatId, seq, body: { text: TEXTS.edited } });
  await connection.request("message.history", { chatId, limit: 10 });
  await connection.request("chat.setDraft", { chatId, draft: { text: TEXTS.draft } });
  await connection.refusal("message.send", { ...textMessage(chatId, TEXTS.message), kind: TEXTS.message });
  await connection.refusal(TEXTS.madeUp as "node.info", { text: TEXTS.message });
  await connection.request("user.find", { handle: TEXTS.search });
  const link = (await connection.request("chat.createLink", { chatId })) as { link: { code: string } };
  const invite = (await connection.request("invite.create", { uses: 1, expiresInMs: 3600_000 })) as {
    invite: { code: string };
  };

  const bytes = Buffer.from(TEXTS.bytes);
  const transfer = new FileTransfer(node.url);
  const begun = (await connection.request("file.begin", declared(chatId, bytes, { name: `${TEXTS.file}.txt` }))) as {
    fileId: string;
    upload: { url: string; headers: Record<string, string> };
  };
  await transfer.put(begun.upload, bytes);
  await connection.request("file.complete", { fileId: begun.fileId });
  await transfer.get(`${begun.upload.url}0`);

  const stranger = await RawConnection.open(node.wsUrl);
  mails.refusals.push(550);
  await stranger.request("auth.requestCode", { purpose: "register", email: TEXTS.email });
  await said("mail", "a mail could not be sent");
  const wrong = { handle: ann.handle, password: TEXTS.wrongPassword, device: { name: "x" } };
  await stranger.refusal("auth.register", wrong);
  await stranger.refusal("auth.resume", { token: `${ann.token.slice(0, -4)}aaaa` });
  stranger.sendText(`{"jsonrpc":"2.0","id":9,"method":"${TEXTS.message}","params":`);
  await stranger.close();
  const viaHttp = (token: string, body: string) =>
    fetch(`${node.url}/api/account.get?token=${ann.token}`, {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body,
    }).then((response) => response.text());
  await viaHttp(ann.token, "{}");
  await viaHttp(`${ann.token}x`, `{"text":"${TEXTS.message}`);
  await fetch(`${node.url}/objects/${TEXTS.file}?X-Amz-Signature=${TEXTS.bytes}`).then((answer) => answer.text());

  // The store goes away in the middle of it: the client's errors would quote what they were to write.
  await connection.request("message.history", { chatId, limit: 1 });
  await redis.kill();
  assert.equal(await connection.refusal("message.history", { chatId, limit: 1 }), "OVERLOADED");
  await connection.refusal("message.send", textMessage(chatId, TEXTS.message));
  await said("gateway", "store unavailable");
  await redis.restart();
  await Promise.all([ann, bob].map((one) => one.connection.close()));
  await node.stop();
  await mails.stop();
  await redis.stop();

  const secret = (await readFile(join(data, "secret"), "utf8")).trim();
  const seed = (await readFile(join(data, "identity", "ed25519-seed"), "utf8")).trim();
  const text = lines.join("");
  const canaries = {
    ...TEXTS,
    password: PASSWORD,
    handle: ann.handle,
    tokens: ann.token,
    otherToken: bob.token,
    link: link.link.code,
    invite: invite.invite.code,
    signature: new URL(begun.upload.url, node.url).search.slice(1),
    mailPassword: "s3cret",
    turnSecret,
    secret,
    seed,
    ownerCode: node.ownerCode ?? "no owner's code",
  };
  for (const [what, canary] of Object.entries(canaries)) {
    assert.ok(canary.length > 5, what);
    assert.equal(text.includes(canary), false, `the log holds ${what}`);
  }
  const events = lines.map((line) => JSON.parse(line) as { level: number; area: string; msg: string });
  for (const { level, area, msg } of events) {
    assert.ok(level >= 20 && /^(node|gateway|domain|objects|mail|identity)$/.test(area) && msg.length > 5);
  }
});
