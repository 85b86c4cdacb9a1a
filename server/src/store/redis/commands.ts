import type { KnownList, Kv, ListChange, ListTail } from "../kv.ts";
import { changesOfEach } from "../list-changes.ts";
import type { Ask } from "./asked.ts";
import { primaries } from "./client.ts";
import { CommandRefused } from "./errors.ts";
import type { Line, Send } from "./link.ts";

/** Fields or members that a scan asks for at a time. */
const SCAN_STEP = "256";

type Commands = Omit<Kv, "driver" | "inOrder" | "appendOnce" | "appendIf" | "instance" | "refresh" | "close">;

/** Names of keys are short, and most are not asked for. */
const KEY_SCAN_STEP = 1_000;

/** The interface's single-key commands, one for one. */
export class RedisCommands implements Commands {
  readonly #ask: Ask;
  readonly #send: Send;

  constructor({ ask, send }: Line) {
    this.#ask = ask;
    this.#send = send;
  }

  get(key: string): Promise<string | null> {
    return this.#ask("get", [key]);
  }

  /** A cluster takes MGET for keys of one slot only. */
  async getMany(keys: readonly string[]): Promise<(string | null)[]> {
    const bySlot = new Map<string, string[]>();
    for (const key of new Set(keys)) {
      const tag = hashTag(key);
      const together = bySlot.get(tag);
      if (together === undefined) bySlot.set(tag, [key]);
      else together.push(key);
    }
    const values = new Map<string, string | null>();
    await Promise.all(
      [...bySlot.values()].map(async (together) => {
        const answer = await this.#ask<(string | null)[]>("mget", together);
        for (const [at, key] of together.entries()) values.set(key, answer[at] ?? null);
      }),
    );
    return keys.map((key) => values.get(key) ?? null);
  }

  async set(key: string, value: string): Promise<void> {
    await this.#ask("set", [key, value]);
  }

  async setNx(key: string, value: string, ttlSeconds?: number): Promise<boolean> {
    const ttl = ttlSeconds === undefined ? [] : ["EX", ttlSeconds];
    const answer = await this.#ask("set", [key, value, ...ttl, "NX"]);
    return answer === "OK";
  }

  async delete(key: string): Promise<boolean> {
    return (await this.#ask("del", [key])) === 1;
  }

  async exists(key: string): Promise<boolean> {
    return (await this.#ask("exists", [key])) === 1;
  }

  async expire(key: string, ttlSeconds: number): Promise<boolean> {
    return (await this.#ask("expire", [key, ttlSeconds])) === 1;
  }

  increment(key: string): Promise<number> {
    return this.#ask("incr", [key]);
  }

  async hashSet(key: string, field: string, value: string): Promise<void> {
    await this.#ask("hset", [key, field, value]);
  }

  async hashSetMany(key: string, fields: Readonly<Record<string, string>>): Promise<void> {
    const pairs = Object.entries(fields).flat();
    if (pairs.length > 0) await this.#ask("hmset", [key, ...pairs]);
  }

  async hashSetNx(key: string, field: string, value: string): Promise<boolean> {
    return (await this.#ask("hsetnx", [key, field, value])) === 1;
  }

  hashGet(key: string, field: string): Promise<string | null> {
    return this.#ask("hget", [key, field]);
  }

  async hashGetMany(key: string, fields: readonly string[]): Promise<(string | null)[]> {
    return fields.length === 0 ? [] : this.#ask("hmget", [key, ...fields]);
  }

  hashGetAll(key: string): Promise<Record<string, string>> {
    return this.#ask("hgetall", [key]);
  }

  async hashPairs(key: string): Promise<readonly string[]> {
    return Object.entries(await this.hashGetAll(key)).flat();
  }

  async hashDelete(key: string, ...fields: string[]): Promise<number> {
    return fields.length === 0 ? 0 : this.#ask("hdel", [key, ...fields]);
  }

  hashIncrement(key: string, field: string, by: number): Promise<number> {
    return this.#ask("hincrby", [key, field, by]);
  }

  hashLength(key: string): Promise<number> {
    return this.#ask("hlen", [key]);
  }

  async *hashScan(key: string): AsyncIterable<readonly [string, string]> {
    for (let cursor = "0"; ; ) {
      const [next, items] = await this.#ask<[string, string[]]>("hscan", [key, cursor, "COUNT", SCAN_STEP]);
      for (let at = 0; at + 1 < items.length; at += 2) yield [items[at] ?? "", items[at + 1] ?? ""];
      if (next === "0") return;
      cursor = next;
    }
  }

  listPush(key: string, value: string): Promise<number> {
    return this.#ask("rpush", [key, value]);
  }

  listLength(key: string): Promise<number> {
    return this.#ask("llen", [key]);
  }

  async listRange(key: string, from: number, to: number): Promise<string[]> {
    return to < from ? [] : this.#ask("lrange", [key, from, to]);
  }

  async listRangeBytes(key: string, from: number, to: number): Promise<Uint8Array[]> {
    return to < from ? [] : this.#ask("lrange", [key, from, to], "bytes");
  }

  async listTail(key: string, count: number): Promise<ListTail> {
    const newest = () => this.#send((client) => client.lrangeBuffer(key, -count, -1));
    const [before, entries, length] = await Promise.all([this.listLength(key), newest(), this.listLength(key)]);
    // Somebody has appended meanwhile: it is not known behind which length these are.
    const between = before !== length;
    return {
      length,
      entries: between ? await this.listRangeBytes(key, Math.max(0, length - count), length - 1) : entries,
    };
  }

  listGet(key: string, index: number): Promise<string | null> {
    return this.#ask("lindex", [key, index]);
  }

  async *keyScan(prefix: string): AsyncIterable<string> {
    for (const node of await this.#send(async (client) => primaries(client))) {
      for (let cursor = "0"; ; ) {
        const [next, keys] = await this.#send(() =>
          node.scan(cursor, "MATCH", `${literally(prefix)}*`, "COUNT", KEY_SCAN_STEP),
        );
        yield* keys;
        if (next === "0") break;
        cursor = next;
      }
    }
  }

  listChanges(lists: readonly KnownList[], at: number): Promise<(ListChange | null)[]> {
    return changesOfEach(this, lists, at);
  }

  async listSet(key: string, index: number, value: string): Promise<void> {
    try {
      await this.#ask("lset", [key, index, value]);
    } catch (error) {
      // The one refusal that may come from data: an index that is not there.
      if (error instanceof CommandRefused) throw new RangeError(error.message);
      throw error;
    }
  }

  async setAdd(key: string, member: string): Promise<boolean> {
    return (await this.#ask("sadd", [key, member])) === 1;
  }

  async setRemove(key: string, member: string): Promise<boolean> {
    return (await this.#ask("srem", [key, member])) === 1;
  }

  async setHas(key: string, member: string): Promise<boolean> {
    return (await this.#ask("sismember", [key, member])) === 1;
  }

  setLength(key: string): Promise<number> {
    return this.#ask("scard", [key]);
  }

  async *setScan(key: string): AsyncIterable<string> {
    for (let cursor = "0"; ; ) {
      const [next, members] = await this.#ask<[string, string[]]>("sscan", [key, cursor, "COUNT", SCAN_STEP]);
      yield* members;
      if (next === "0") return;
      cursor = next;
    }
  }

  async sortedAdd(key: string, score: number, member: string): Promise<void> {
    await this.#ask("zadd", [key, score, member]);
  }

  async sortedRemove(key: string, ...members: string[]): Promise<number> {
    return members.length === 0 ? 0 : this.#ask("zrem", [key, ...members]);
  }

  async sortedScore(key: string, member: string): Promise<number | null> {
    const score = await this.#ask<string | null>("zscore", [key, member]);
    return score === null ? null : Number(score);
  }

  sortedLength(key: string): Promise<number> {
    return this.#ask("zcard", [key]);
  }

  async sortedRange(key: string, min: number, max: number, limit: number): Promise<string[]> {
    return limit <= 0 ? [] : this.#ask("zrangebyscore", [key, min, max, "LIMIT", 0, limit]);
  }

  async sortedNewest(key: string, count: number): Promise<string[]> {
    return count <= 0 ? [] : this.#ask("zrevrange", [key, 0, count - 1]);
  }

  sortedRemoveRange(key: string, min: number, max: number): Promise<number> {
    return this.#ask("zremrangebyscore", [key, min, max]);
  }
}

/** As MATCH takes it. */
function literally(text: string): string {
  return text.replace(/[*?[\]\\]/g, "\\$&");
}

/** Keys with the same one lie on the same slot: what the first braces enclose, else the whole key. */
function hashTag(key: string): string {
  return /^[^{]*\{([^}]+)\}/.exec(key)?.[1] ?? key;
}
