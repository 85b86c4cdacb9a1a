import type { Clock } from "@parley/protocol";
import type { Redis } from "ioredis";
import { type Dump, PIECE_LENGTH, type Piece } from "../dump.ts";
import { createClient, primaries } from "./client.ts";
import { asStoreError } from "./errors.ts";
import { Link } from "./link.ts";
import { parseRedisUrl } from "./url.ts";

/** Keys asked for at a time. */
const SCAN_STEP = 500;
/** A backup has time, but an operator waits for it. */
const OPEN_TIMEOUT_MS = 10_000;

/** Every primary, key after key. What is written meanwhile is seen or not: phases.ts of the backup makes sense of it. */
export async function openRedisDump(url: string, clock: Clock): Promise<Dump> {
  const location = parseRedisUrl(url);
  const client = createClient(location);
  const link = new Link(client, clock, async () => {});
  try {
    await link.opened(OPEN_TIMEOUT_MS);
  } catch (error) {
    await link.close();
    throw new Error(`The store at ${location.description} cannot be reached: ${(error as Error).message}`);
  }
  return {
    isSnapshot: false,
    async *pieces(wants) {
      for (const node of primaries(client)) yield* piecesOf(node, wants, () => clock.now());
    },
    close: () => link.close(),
  };
}

async function* piecesOf(node: Redis, wants: (key: string) => boolean, now: () => number): AsyncGenerator<Piece> {
  for (let cursor = "0"; ; ) {
    const [next, found] = await told(node.scan(cursor, "COUNT", SCAN_STEP));
    const keys = found.filter(wants);
    const kinds = await told(Promise.all(keys.map((key) => Promise.all([node.type(key), node.pttl(key)]))));
    for (const [at, key] of keys.entries()) {
      const [type = "none", leftMs = -2] = kinds[at] ?? [];
      const expiresAt = leftMs >= 0 ? now() + leftMs : 0;
      yield* piecesOfKey(node, key, type, expiresAt);
    }
    if (next === "0") return;
    cursor = next;
  }
}

async function* piecesOfKey(node: Redis, key: string, type: string, expiresAt: number): AsyncGenerator<Piece> {
  const of = { key, expiresAt };
  switch (type) {
    case "string": {
      const value = await told(node.get(key));
      if (value !== null) yield { ...of, kind: "string", value };
      return;
    }
    case "list":
      for (let from = 0; ; from += PIECE_LENGTH) {
        const entries = await told(node.lrange(key, from, from + PIECE_LENGTH - 1));
        if (entries.length > 0) yield { ...of, kind: "list", from, entries };
        if (entries.length < PIECE_LENGTH) return;
      }
    case "hash":
      for await (const items of scanned((cursor) => node.hscan(key, cursor, "COUNT", PIECE_LENGTH))) {
        yield { ...of, kind: "hash", fields: pairs(items) };
      }
      return;
    case "set":
      for await (const members of scanned((cursor) => node.sscan(key, cursor, "COUNT", PIECE_LENGTH))) {
        yield { ...of, kind: "set", members };
      }
      return;
    case "zset":
      for await (const items of scanned((cursor) => node.zscan(key, cursor, "COUNT", PIECE_LENGTH))) {
        yield { ...of, kind: "sorted", members: pairs(items).map(([member, score]) => [member, Number(score)]) };
      }
      return;
    case "none":
      // It has gone since it was listed.
      return;
    default:
      throw new Error(`The store holds a key of a type that Parley does not use: ${type}`);
  }
}

async function* scanned(
  scan: (cursor: string) => Promise<[cursor: string, items: string[]]>,
): AsyncGenerator<string[]> {
  for (let cursor = "0"; ; ) {
    const [next, items] = await told(scan(cursor));
    if (items.length > 0) yield items;
    if (next === "0") return;
    cursor = next;
  }
}

function pairs(items: readonly string[]): [string, string][] {
  return Array.from({ length: items.length / 2 }, (_, at) => [items[2 * at] ?? "", items[2 * at + 1] ?? ""]);
}

/** Commands go past the link here; errors of the client would quote what they were about. */
function told<T>(answer: Promise<T>): Promise<T> {
  return answer.catch((error: unknown) => {
    throw asStoreError(error);
  });
}
