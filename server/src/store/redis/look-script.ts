import { randomBytes } from "node:crypto";
import { type ListLook, type ListPlace, LOOK_BYTES } from "../kv.ts";
import type { Send } from "./link.ts";

/**
 * `listLooks` in one command for many lists, where the store runs scripts and has every key: a thousand commands cost
 * both sides several times as much. KEYS: the lists. ARGV: an index for each, or "".
 */
const SCRIPT = `
local looks = {}
for i, key in ipairs(KEYS) do
  looks[2 * i - 1] = redis.call("LLEN", key)
  local entry = ARGV[i] ~= "" and redis.call("LINDEX", key, ARGV[i])
  looks[2 * i] = entry and string.sub(entry, 1, ${LOOK_BYTES})
end
return looks`;

const COMMAND = "parleyLook";
/** Others wait for as long as a script runs: a quarter of a millisecond for so many. */
const AT_ONCE = 256;

interface WithScript {
  [COMMAND](count: number, ...args: string[]): Promise<(number | string | null)[]>;
}

export async function runLookScript(send: Send, places: readonly ListPlace[]): Promise<ListLook[]> {
  const batches: Promise<ListLook[]>[] = [];
  for (let from = 0; from < places.length; from += AT_ONCE) {
    batches.push(lookAt(send, places.slice(from, from + AT_ONCE)));
  }
  return (await Promise.all(batches)).flat();
}

async function lookAt(send: Send, places: readonly ListPlace[]): Promise<ListLook[]> {
  const keys = places.map(({ key }) => key);
  const indexes = places.map(({ index }) => (index === undefined ? "" : String(index)));
  const answer = await send((client) => (client as unknown as WithScript)[COMMAND](keys.length, ...keys, ...indexes));
  return places.map((_, i) => ({ length: answer[2 * i] as number, start: answer[2 * i + 1] as string | null }));
}

/** Whether the store runs the script, for keys of any slots in one. */
export async function probeLookScript(send: Send): Promise<boolean> {
  const keys = Array.from({ length: 3 }, () => `probe:{${randomBytes(8).toString("hex")}}`);
  const [full = "", empty = "", other = ""] = keys;
  const entry = "x".repeat(2 * LOOK_BYTES);
  try {
    await send(async (client) => {
      client.defineCommand(COMMAND, { lua: SCRIPT, readOnly: true });
      await Promise.all([full, other].flatMap((key) => [client.rpush(key, "first", entry), client.expire(key, 60)]));
    });
    const looks = await runLookScript(send, [
      { key: full, index: 1 },
      { key: empty, index: 0 },
      { key: other },
      { key: other, index: 9 },
    ]);
    const right: ListLook[] = [
      { length: 2, start: entry.slice(0, LOOK_BYTES) },
      { length: 0, start: null },
      { length: 2, start: null },
      { length: 2, start: null },
    ];
    return JSON.stringify(looks) === JSON.stringify(right);
  } catch {
    return false;
  } finally {
    await send((client) => Promise.all([client.del(full), client.del(other)])).catch(() => {});
  }
}
