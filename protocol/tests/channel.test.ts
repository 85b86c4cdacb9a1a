import assert from "node:assert/strict";
import { test } from "node:test";
import { nodeCrypto } from "../src/secure/crypto-node.ts";
import { carry, client, connect, server, serverSettings } from "./channel-rig.ts";

test("[H1] a first connection over RSA opens both sides with one binding", async () => {
  const settings = serverSettings();
  const left = await client({ share: await nodeCrypto.generateShare("rsa2048") });
  const right = server(settings);
  await connect(left, right);
  const opened = await left.when("open");
  const accepted = right.events.find((event) => event.type === "open");
  assert.deepEqual(Buffer.from(opened.binding), Buffer.from(accepted?.binding ?? []));
  assert.equal(opened.identity?.relation, "first-use");
  assert.equal(opened.ready.maxMessage, settings.maxMessage);

  assert.equal(left.channel.sendText('{"a":1}'), true);
  right.channel.sendLines([Buffer.from("one"), Buffer.from("two")]);
  carry(left, right);
  assert.deepEqual(right.events.at(-1), { type: "text", text: '{"a":1}' });
  assert.deepEqual(left.events.at(-1), { type: "text", text: "one\ntwo" });
});

test("[T1] a ticket resumes the session without RSA", async () => {
  const settings = serverSettings();
  const first = await client({ share: await nodeCrypto.generateShare("rsa2048") });
  const right = server(settings);
  await connect(first, right);
  const claims = { userId: "u", deviceId: "d", sessionId: "s" };
  right.channel.sendTicket(claims);
  carry(first, right);
  const { ticket } = await first.when("ticket");
  const { identity } = await first.when("open");
  const pin = {
    fingerprint: identity?.fingerprint ?? "",
    firstSeenAt: 0,
    verified: false,
    tlsSeen: false,
    requireImsc: false,
  };
  const second = await client({ pin, ticket });
  const again = server(settings);
  await connect(second, again);
  assert.equal((await second.when("open")).identity?.relation, "match");
  assert.deepEqual(again.events.find((event) => event.type === "open")?.claims, claims);
});
