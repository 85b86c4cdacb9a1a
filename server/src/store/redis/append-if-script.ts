import { randomBytes } from "node:crypto";
import { doneClaim } from "../claim.ts";
import type { Append, Grounds, HashRead } from "../kv.ts";
import { appendArgs, appendScript } from "./append-script.ts";
import type { Send } from "./link.ts";

/**
 * The append that rests on grounds, in one round trip, where the store runs scripts and has every key. What they are
 * compared with comes as JSON: an argument for each field would cost the server of Parley more than all else here.
 *
 * KEYS: log, bucket, those of the grounds. ARGV: as for the append without, the text of the grounds, and, if it comes
 * after another one, the id and what follows the seq in the claim of that.
 */
const SCRIPT = appendScript(`
if ARGV[6] and string.match(redis.call("HGET", KEYS[2], ARGV[6]) or "", "^=%d+(:.*)$") ~= ARGV[7] then return false end
for at, read in ipairs(cjson.decode(ARGV[5])) do
  local key, fields, values = KEYS[2 + at], read[1], read[2]
  if read[3] and redis.call("HLEN", key) ~= #fields then return false end
  local found = #fields > 0 and redis.call("HMGET", key, unpack(fields))
  for i = 1, #fields do
    if found[i] ~= values[i] then return false end
  end
end`);

const COMMAND = "parleyAppendIf";

interface WithScript {
  [COMMAND](count: number, ...args: string[]): Promise<number | string | null>;
}

/** The seq when it was appended, the claim when the id was claimed before, null when the grounds do not hold. */
export function runAppendIfScript(
  send: Send,
  append: Append,
  { keys, text }: Grounds,
): Promise<number | string | null> {
  const args = [append.log, append.bucket, ...keys, ...appendArgs(append), text];
  if (append.after !== undefined) args.push(append.after.id, `:${append.after.sentAt}:${append.epoch}`);
  return send((client) => (client as unknown as WithScript)[COMMAND](2 + keys.length, ...args));
}

/** Whether the store runs the script, for keys of any slots, and gets it right. */
export async function probeAppendIfScript(send: Send): Promise<boolean> {
  const [tag, full, empty] = Array.from({ length: 3 }, () => `probe:{${randomBytes(8).toString("hex")}}`) as [
    string,
    string,
    string,
  ];
  const append: Append = {
    log: `${tag}:m`,
    bucket: `${tag}:d`,
    bucketTtlSeconds: 60,
    id: "id",
    entry: "{}",
    sentAt: 1,
    epoch: "e",
  };
  const held = { one: "1", ä: "€" };
  const ask = (id: string, reads: Readonly<Record<string, HashRead>>, after?: Append["after"]) =>
    runAppendIfScript(
      send,
      { ...append, id, ...(after === undefined ? {} : { after }) },
      { keys: Object.keys(reads), text: JSON.stringify(Object.values(reads)) },
    );
  try {
    await send(async (client) => {
      client.defineCommand(COMMAND, { lua: SCRIPT });
      await Promise.all([client.hset(full, held), client.expire(full, 60)]);
    });
    const whole: HashRead = [Object.keys(held), Object.values(held), true];
    const after = { id: "id", sentAt: append.sentAt };
    const answers = [
      await ask("id", { [full]: [["one"], ["2"], false] }),
      await ask("id", { [full]: [["one", "two"], ["1", "2"], false] }),
      await ask("id", { [full]: [["one"], ["1"], true] }),
      await ask("id", { [full]: whole, [empty]: [["one"], ["1"], false] }),
      await ask("id", { [full]: whole }, { id: "other", sentAt: 1 }),
      await ask("id", { [full]: whole, [empty]: [[], [], true] }),
      await ask("other", { [full]: [["ä", "two"], ["€", false], false], [empty]: [["one"], [false], false] }, after),
      await ask("third", { [full]: whole }, { ...after, sentAt: 2 }),
      await ask("id", { [full]: [["one"], ["2"], false] }),
    ];
    const right = [null, null, null, null, null, 1, 2, null, doneClaim({ seq: 1, sentAt: 1, epoch: "e" })];
    return answers.every((answer, at) => answer === right[at]);
  } catch {
    return false;
  } finally {
    await send((client) => Promise.all([append.log, append.bucket, full].map((key) => client.del(key)))).catch(
      () => {},
    );
  }
}
