import { randomBytes } from "node:crypto";
import { doneClaim, pendingClaim } from "../claim.ts";
import type { Append } from "../kv.ts";
import type { Send } from "./link.ts";

/**
 * The three writes of appendOnce in one go and in the same order, where the store runs scripts. Somebody else's claim,
 * pending or done, is answered instead, so that nodes with and without the script may share a chat.
 *
 * KEYS: log, bucket. ARGV: id, entry, TTL of the bucket or "", what follows the seq in a done claim.
 */
const SCRIPT = appendScript("");

/** `condition` is Lua that answers false when the entry may not be appended, and is asked once nobody else has a claim. */
export function appendScript(condition: string): string {
  return `
local claim = redis.call("HGET", KEYS[2], ARGV[1])
if claim then return claim end${condition}
redis.call("HSET", KEYS[2], ARGV[1], "?" .. redis.call("LLEN", KEYS[1]))
if ARGV[3] ~= "" then redis.call("EXPIRE", KEYS[2], ARGV[3]) end
local seq = redis.call("RPUSH", KEYS[1], ARGV[2])
redis.call("HSET", KEYS[2], ARGV[1], "=" .. string.format("%.0f", seq) .. ARGV[4])
return seq`;
}

const COMMAND = "parleyAppend";

/** What `defineCommand` adds to a client. */
interface WithScript {
  [COMMAND](...args: string[]): Promise<number | string>;
}

/** The seq when it was appended, the claim when the id was claimed before. */
export function runAppendScript(send: Send, append: Append): Promise<number | string> {
  const args = appendArgs(append);
  return send((client) => (client as unknown as WithScript)[COMMAND](append.log, append.bucket, ...args));
}

export function appendArgs({ id, entry, bucketTtlSeconds, sentAt, epoch }: Append): readonly string[] {
  return [id, entry, bucketTtlSeconds === null ? "" : String(bucketTtlSeconds), `:${sentAt}:${epoch}`];
}

/** Whether the store runs the script and gets it right. */
export async function probeAppendScript(send: Send): Promise<boolean> {
  const tag = `probe:{${randomBytes(8).toString("hex")}}`;
  const probe: Append = {
    log: `${tag}:m`,
    bucket: `${tag}:d`,
    bucketTtlSeconds: 60,
    id: "id",
    entry: "{}",
    sentAt: 1,
    epoch: "e",
  };
  const claimed = { ...probe, id: "claimed" };
  try {
    await send(async (client) => {
      client.defineCommand(COMMAND, { numberOfKeys: 2, lua: SCRIPT });
      await client.hset(probe.bucket, claimed.id, pendingClaim(7));
    });
    const answers = [
      await runAppendScript(send, probe),
      await runAppendScript(send, probe),
      await runAppendScript(send, claimed),
      await send((client) => client.llen(probe.log)),
    ];
    const right = [1, doneClaim({ seq: 1, sentAt: 1, epoch: "e" }), pendingClaim(7), 1];
    return answers.every((answer, at) => answer === right[at]);
  } catch {
    return false;
  } finally {
    await send((client) => Promise.all([client.del(probe.log), client.del(probe.bucket)])).catch(() => {});
  }
}
