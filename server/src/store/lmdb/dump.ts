import type { Transaction } from "lmdb";
import { type Dump, PIECE_LENGTH, type Piece } from "../dump.ts";
import { fieldOf, memberKey, memberOfMemberKey, numberBytes, scoreKey, scoreOf } from "./entry.ts";
import { type Environment, openEnvironment } from "./environment.ts";
import { enterAsGuest } from "./guests.ts";
import { type CollectionHead, decodeHead } from "./head.ts";

/**
 * One read transaction for all of it: LMDB shows it the moment at which it began. Pages that the server frees meanwhile
 * stay taken until it ends, so the file grows by what is rewritten during a backup.
 */
export async function openFolderDump(path: string, now: () => number): Promise<Dump> {
  const leave = await enterAsGuest(path);
  const env = openEnvironment(path);
  const transaction = env.root.useReadTransaction();
  return {
    isSnapshot: true,
    pieces: (wants) => piecesOf(env, transaction, wants, now),
    async close() {
      transaction.done();
      await env.root.close();
      await leave();
    },
  };
}

async function* piecesOf(
  env: Environment,
  transaction: Transaction,
  wants: (key: string) => boolean,
  now: () => number,
): AsyncGenerator<Piece> {
  for (const { key: bytes, value } of env.heads.getRange({ transaction })) {
    const key = bytes.toString();
    if (!wants(key)) continue;
    const head = decodeHead(value);
    const { expiresAt } = head;
    if (expiresAt !== 0 && expiresAt <= now()) continue;
    if (head.kind === "string") yield { key, expiresAt, kind: "string", value: head.value.toString() };
    else yield* piecesOfCollection(env, transaction, key, head);
  }
}

function* piecesOfCollection(
  env: Environment,
  transaction: Transaction,
  key: string,
  head: CollectionHead,
): Generator<Piece> {
  const { expiresAt, number, kind } = head;
  // A sorted set has each member twice; those by themselves come first.
  const end = kind === "sorted" ? scoreKey(number, Number.NEGATIVE_INFINITY, "") : numberBytes(number + 1);
  const start = kind === "sorted" ? memberKey(number, "") : numberBytes(number);
  let from = 0;
  let step: { key: Buffer; value: Buffer }[] = [];
  const piece = (): Piece => {
    const of = { key, expiresAt };
    const at = from;
    from += step.length;
    switch (kind) {
      case "hash":
        return { ...of, kind, fields: step.map((entry) => [fieldOf(entry.key), entry.value.toString()]) };
      case "list":
        return { ...of, kind, from: at, entries: step.map((entry) => entry.value.toString()) };
      case "set":
        return { ...of, kind, members: step.map((entry) => fieldOf(entry.key)) };
      case "sorted":
        return { ...of, kind, members: step.map((entry) => [memberOfMemberKey(entry.key), scoreOf(entry.value)]) };
    }
  };
  for (const entry of env.entries.getRange({ start, end, transaction })) {
    step.push({ key: Buffer.from(entry.key), value: Buffer.from(entry.value) });
    if (step.length < PIECE_LENGTH) continue;
    yield piece();
    step = [];
  }
  if (step.length > 0) yield piece();
}
