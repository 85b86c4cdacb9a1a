import type { Result } from "@parley/protocol";
import { Redis } from "ioredis";
import { type Bench, PARLEY_DATABASE } from "../bench.ts";
import { abreast, paced } from "../load/paced.ts";
import { newClientId, type Talker } from "../load/talker.ts";
import { Tally } from "../load/tally.ts";
import { compare } from "../measure/rounds.ts";
import { percentile, spreadOf } from "../measure/spread.ts";

/** Somebody takes messages back in a large group, where others go on writing. */
const SENDS_PER_SECOND = 20;
const RETRACTS_PER_SECOND = 2;
const CONNECT_ABREAST = 16;
/** How often it is looked whether the notices are written. */
const LOOK_MS = 2;
const INTENT_SHARDS = 16;
const TEXT = "x".repeat(100);

export async function retract(bench: Bench): Promise<void> {
  const members = Math.max(...bench.effort.groups);
  const redis = new Redis(bench.redis.url(PARLEY_DATABASE), { protocol: 2 });
  try {
    await bench.with([bench.parley()], async (parley) => {
      if (parley === undefined) throw new Error("one server");
      const people = Array.from({ length: members + 1 }, (_, person) => person);
      const chatId = await parley.group(people);
      const [owner, sender] = [
        await parley.connect({ person: 0, how: "resumed", tally: new Tally() }),
        await parley.connect({ person: 1, how: "resumed", tally: new Tally() }),
      ];
      await abreast(people.slice(2), CONNECT_ABREAST, async (person) => {
        (await parley.connect({ person, how: "resumed", tally: new Tally() })).deafen();
      });
      const sends = SENDS_PER_SECOND * bench.effort.seconds;
      const sendP99 = async () => percentile(await paced(SENDS_PER_SECOND, sends, () => sender.send(chatId, TEXT)), 99);
      const without: number[] = [];
      const meanwhile: number[] = [];
      const acks: number[] = [];
      const ends: number[] = [];
      for (let round = 0; round <= bench.effort.rounds; round += 1) {
        const seqs = await written(owner, chatId, RETRACTS_PER_SECOND * bench.effort.seconds);
        const alone = await sendP99();
        const [beside, retracts] = await Promise.all([
          sendP99(),
          paced(RETRACTS_PER_SECOND, seqs.length, (n) => takeBack(redis, owner, chatId, seqs[n] ?? 0)),
        ]);
        if (round === 0) continue;
        without.push(alone);
        meanwhile.push(beside);
        acks.push(...retracts.map(({ ackMs }) => ackMs));
        ends.push(...retracts.map(({ endMs }) => endMs));
      }
      const row = { id: "retract", unit: "ms", reference: null, figure: null };
      const what = `retract in a group of ${members}`;
      bench.report.add({ ...row, what: `${what}, acknowledged after`, parley: spreadOf(acks) });
      bench.report.add({ ...row, what: `${what}, all notices written after`, parley: spreadOf(ends) });
      bench.report.add({
        ...row,
        what: "sends into that group meanwhile, ack p99",
        ...compare(meanwhile, without, "without", (ms) => ms),
        figure: { of: "ratio", bound: "atMost", limit: 1.5 },
        note: `${RETRACTS_PER_SECOND} retracts and ${SENDS_PER_SECOND} sends a second, everybody connected, the others' frames not opened`,
      });
    });
  } finally {
    redis.disconnect();
  }
}

async function written(owner: Talker, chatId: string, count: number): Promise<number[]> {
  const seqs: number[] = [];
  for (let n = 0; n < count; n += 1) {
    const message = { chatId, clientId: newClientId(), kind: "text", body: { text: TEXT } };
    seqs.push((await owner.request<Result<"message.send">>("message.send", message)).seq);
  }
  return seqs;
}

/** The intent of the deed goes when everybody's inbox has the notice. */
async function takeBack(redis: Redis, owner: Talker, chatId: string, seq: number) {
  // Nobody takes back at the very moment of another's send, again and again.
  await new Promise((resolve) => setTimeout(resolve, (Math.random() * 1000) / SENDS_PER_SECOND));
  const startedAt = performance.now();
  await owner.request("message.retract", { chatId, seq });
  const ackMs = performance.now() - startedAt;
  while (await anyIntent(redis)) await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  return { ackMs, endMs: performance.now() - startedAt };
}

async function anyIntent(redis: Redis): Promise<boolean> {
  const lengths = await Promise.all(Array.from({ length: INTENT_SHARDS }, (_, n) => redis.hlen(`intent:${n}`)));
  return lengths.some((length) => length > 0);
}
