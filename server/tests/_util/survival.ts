import assert from "node:assert/strict";
import { readLog, type Witness } from "./witness.ts";

/** Registers all, and makes a group of them that each knows of. */
export async function meetInGroup(witnesses: readonly Witness[]): Promise<string> {
  await Promise.all(witnesses.map((witness) => witness.register()));
  const [first, ...others] = witnesses;
  assert(first);
  const { chat } = await first.client.request("chat.createGroup", {
    name: "survivors",
    members: others.map((other) => other.userId),
  });
  const { chatId } = chat;
  for (const witness of witnesses) await witness.until(() => witness.client.chat(chatId) !== undefined);
  return chatId;
}

export const textOf = (witness: Witness, n: number) => `${witness.handle} ${n}`;

/** Once everything is acknowledged: each has written its texts from 0 on, and all of them are there, once and in order, for everybody. */
export async function assertSurvived(
  witnesses: readonly Witness[],
  chatId: string,
  sent: ReadonlyMap<Witness, number>,
): Promise<void> {
  const [first] = witnesses;
  assert(first);
  const log = await readLog(first.client, chatId);
  for (const [index, entry] of log.entries()) assert.equal(entry.seq, index + 1, "no gaps");
  const texts = log.filter((entry) => entry.kind === "text");
  const placed = new Map(texts.map((entry) => [entry.clientId, entry]));
  assert.equal(placed.size, texts.length, "nothing twice");
  const all = [...sent.values()].reduce((sum, count) => sum + count, 0);
  assert.equal(texts.length, all, "everything once");
  for (const witness of witnesses) {
    for (const [clientId, seq] of witness.acknowledged) assert.equal(placed.get(clientId)?.seq, seq);
    const own = texts.filter((entry) => entry.sender === witness.userId).map((entry) => entry.body.text);
    assert.deepEqual(
      own,
      Array.from({ length: sent.get(witness) ?? 0 }, (_, n) => textOf(witness, n)),
      "in the order of writing",
    );
  }
  const head = log.length;
  for (const witness of witnesses) {
    await witness.until(() => witness.head(chatId) === head);
    witness.assertContent();
    await witness.client.stop();
  }
}
