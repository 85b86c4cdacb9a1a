import assert from "node:assert/strict";
import { judge, type Verdict } from "./verdict.ts";
import { readLog, type Witness } from "./witness.ts";

/** Nothing is wrong. */
export const INNOCENT: Verdict = { lost: [], doubled: [], misplaced: [], differing: [] };

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

/** Resolves when nothing is left to be sent, and everybody was told all that was acknowledged to anybody. */
export async function untilConverged(witnesses: readonly Witness[], chatId: string): Promise<void> {
  for (const witness of witnesses) await witness.until(() => witness.client.outbox.length === 0);
  const head = Math.max(...witnesses.flatMap((witness) => [witness.head(chatId), ...witness.acknowledged.values()]));
  for (const witness of witnesses) await witness.until(() => witness.head(chatId) >= head);
}

/** What each has to say, beside the log as the server has it. */
export async function judgeAll(witnesses: readonly Witness[], chatId: string): Promise<Verdict> {
  const [first] = witnesses;
  assert(first);
  const log = await readLog(first.client, chatId);
  return judge(
    log,
    witnesses.map(({ userId, written, acknowledged, told, objections }) => {
      return { userId, written, acknowledged, told: told.get(chatId) ?? [], objections };
    }),
  );
}

/** Everything that was written is acknowledged, and there, once and in order, for everybody. */
export async function assertSurvived(witnesses: readonly Witness[], chatId: string): Promise<void> {
  for (const witness of witnesses) await witness.until(() => witness.acknowledged.size === witness.written.size);
  await untilConverged(witnesses, chatId);
  assert.deepEqual(await judgeAll(witnesses, chatId), INNOCENT);
  for (const witness of witnesses) await witness.client.stop();
}
