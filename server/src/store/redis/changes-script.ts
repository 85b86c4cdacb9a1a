import { randomBytes } from "node:crypto";
import type { KnownList, ListChange } from "../kv.ts";
import type { Send } from "./link.ts";

/**
 * `listChanges` in one command for many lists, where the store runs scripts and has every key: a thousand commands cost
 * both sides several times as much, and so do a thousand answers, nearly all of which say that nothing changed. KEYS: the
 * lists. ARGV: their lengths and texts as JSON, and where a text begins. The answer is flat: place, length, 1 for `same`.
 */
const SCRIPT = `
local lengths, texts, at = cjson.decode(ARGV[1]), cjson.decode(ARGV[2]), tonumber(ARGV[3])
local changes = {}
for i, key in ipairs(KEYS) do
  local length, text = redis.call("LLEN", key), texts[i]
  local same = text == ""
  if not same and length >= lengths[i] then
    local entry = redis.call("LINDEX", key, lengths[i] - 1)
    same = entry and string.sub(entry, at + 1, at + #text) == text
  end
  if length ~= lengths[i] or not same then
    local n = #changes
    changes[n + 1], changes[n + 2], changes[n + 3] = i - 1, length, same and 1 or 0
  end
end
return changes`;

const COMMAND = "parleyChanges";
/** Others wait for as long as a script runs: a quarter of a millisecond for so many. */
const AT_ONCE = 256;

interface WithScript {
  [COMMAND](count: number, ...args: string[]): Promise<number[]>;
}

export async function runChangesScript(
  send: Send,
  lists: readonly KnownList[],
  at: number,
): Promise<(ListChange | null)[]> {
  const batches: Promise<(ListChange | null)[]>[] = [];
  for (let from = 0; from < lists.length; from += AT_ONCE) {
    batches.push(changesOf(send, lists.slice(from, from + AT_ONCE), at));
  }
  return (await Promise.all(batches)).flat();
}

async function changesOf(send: Send, lists: readonly KnownList[], at: number): Promise<(ListChange | null)[]> {
  const keys = lists.map(({ key }) => key);
  const lengths = JSON.stringify(lists.map(({ length }) => length));
  const texts = JSON.stringify(lists.map(({ text }) => text));
  const answer = await send((client) =>
    (client as unknown as WithScript)[COMMAND](keys.length, ...keys, lengths, texts, String(at)),
  );
  const changes = lists.map((): ListChange | null => null);
  for (let n = 0; n + 2 < answer.length; n += 3) {
    changes[answer[n] as number] = { length: answer[n + 1] as number, same: answer[n + 2] === 1 };
  }
  return changes;
}

/** Whether the store runs the script, for keys of any slots in one. */
export async function probeChangesScript(send: Send): Promise<boolean> {
  const keys = Array.from({ length: 3 }, () => `probe:{${randomBytes(8).toString("hex")}}`);
  const [full = "", empty = "", other = ""] = keys;
  try {
    await send(async (client) => {
      client.defineCommand(COMMAND, { lua: SCRIPT, readOnly: true });
      await Promise.all(
        [full, other].flatMap((key) => [client.rpush(key, "first", 'b"second'), client.expire(key, 60)]),
      );
    });
    const changes = await runChangesScript(
      send,
      [
        { key: full, length: 2, text: '"sec' },
        { key: full, length: 2, text: "sec" },
        { key: full, length: 1, text: "irst" },
        { key: full, length: 9, text: "irst" },
        { key: empty, length: 0, text: "" },
        { key: other, length: 2, text: "" },
        { key: other, length: 0, text: "" },
      ],
      1,
    );
    const right: (ListChange | null)[] = [
      null,
      { length: 2, same: false },
      { length: 2, same: true },
      { length: 2, same: false },
      null,
      null,
      { length: 2, same: true },
    ];
    return JSON.stringify(changes) === JSON.stringify(right);
  } catch {
    return false;
  } finally {
    await send((client) => Promise.all([client.del(full), client.del(other)])).catch(() => {});
  }
}
