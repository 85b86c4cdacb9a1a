import { randomBytes } from "node:crypto";
import type { Send } from "./link.ts";

/**
 * `hashPairs` as one text, which is parsed in one go: as an answer of a thousand texts it costs the client a buffer, a
 * string and a place in an object for each. Of nothing `cjson` makes an object.
 */
const SCRIPT = `
local pairs = redis.call("HGETALL", KEYS[1])
if #pairs == 0 then return "[]" end
return cjson.encode(pairs)`;

const COMMAND = "parleyPairs";

interface WithScript {
  [COMMAND](count: 1, key: string): Promise<string>;
}

export async function runPairsScript(send: Send, key: string): Promise<readonly string[]> {
  return JSON.parse(await send((client) => (client as unknown as WithScript)[COMMAND](1, key))) as string[];
}

/** Whether the store runs the script and gives back what was written. */
export async function probePairsScript(send: Send): Promise<boolean> {
  const [full = "", empty = ""] = Array.from({ length: 2 }, () => `probe:{${randomBytes(8).toString("hex")}}`);
  const written = ["f#1", '1:"/\\\n\u0001\u007fö\u{1f600}'];
  try {
    await send(async (client) => {
      client.defineCommand(COMMAND, { lua: SCRIPT, readOnly: true });
      await Promise.all([client.hset(full, ...written), client.expire(full, 60)]);
    });
    const answers = await Promise.all([runPairsScript(send, full), runPairsScript(send, empty)]);
    return JSON.stringify(answers) === JSON.stringify([written, []]);
  } catch {
    return false;
  } finally {
    await send((client) => client.del(full)).catch(() => {});
  }
}
