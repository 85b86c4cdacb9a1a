import type { Message } from "@parley/protocol";
import { idOf, textOf } from "./witness.ts";

/** What somebody who wrote to a chat has to say when all is over. */
export interface Statement {
  readonly userId: string;
  /** Ids of what was written, in the order of writing, with the text of each. */
  readonly written: ReadonlyMap<string, string>;
  /** Id -> seq. */
  readonly acknowledged: ReadonlyMap<string, number>;
  /** What this person was told of the chat: its end, without a hole. */
  readonly told: readonly Message[];
  /** Promises that were broken while it went on. */
  readonly objections: readonly string[];
}

/** Each in words; all are empty when every promise was kept. */
export interface Verdict {
  /** Acknowledged, and not in the log. */
  readonly lost: readonly string[];
  /** In the log more than once. */
  readonly doubled: readonly string[];
  /** In the log at another place or with other words than promised, or by nobody. */
  readonly misplaced: readonly string[];
  /** Somebody holds something else than the log, or was told something wrong. */
  readonly differing: readonly string[];
}

/** Is every acknowledged message in the log once, in its place and in the order of writing, and does everybody hold the same? */
export function judge(log: readonly Message[], statements: readonly Statement[]): Verdict {
  const lost: string[] = [];
  const doubled: string[] = [];
  const misplaced: string[] = [];
  const differing: string[] = [];
  for (const [at, { seq }] of log.entries()) if (seq !== at + 1) misplaced.push(`${seq} in place ${at + 1}`);

  const places = new Map<string, number[]>();
  for (const { id, sender, seq } of textsOf(log)) {
    const key = `${sender} ${id}`;
    places.set(key, [...(places.get(key) ?? []), seq]);
  }
  for (const [key, seqs] of places) if (seqs.length > 1) doubled.push(`${key} at ${seqs.join(" and ")}`);

  for (const { userId, written, acknowledged, told, objections } of statements) {
    for (const [id, seq] of acknowledged) {
      const seqs = places.get(`${userId} ${id}`);
      if (seqs === undefined) lost.push(`${userId} ${id}, acknowledged as ${seq}`);
      else if (!seqs.includes(seq)) misplaced.push(`${userId} ${id} at ${seqs.join(" and ")}, acknowledged as ${seq}`);
    }
    misplaced.push(...disorder(userId, log, written));
    differing.push(...differences(userId, log, told), ...objections.map((words) => `${userId}: ${words}`));
  }
  const writers = new Set(statements.map(({ userId }) => userId));
  for (const { id, sender, seq } of textsOf(log)) {
    if (!writers.has(sender)) misplaced.push(`${id} at ${seq}, by nobody who wrote`);
  }
  return { lost, doubled, misplaced, differing };
}

interface Text {
  readonly id: string;
  readonly sender: string;
  readonly seq: number;
  readonly words: string;
}

function textsOf(log: readonly Message[]): Text[] {
  return log.flatMap((message) =>
    message.kind === "text"
      ? [{ id: message.clientId, sender: message.sender, seq: message.seq, words: message.body.text }]
      : [],
  );
}

/** What one person wrote stands in the log in the order of writing, with its words. Again is no disorder: it is doubled. */
function* disorder(userId: string, log: readonly Message[], written: ReadonlyMap<string, string>): Generator<string> {
  const orders = new Map([...written.keys()].map((id, order) => [id, order]));
  const seen = new Set<string>();
  let last = -1;
  for (const { id, sender, seq, words } of textsOf(log)) {
    if (sender !== userId || seen.has(id)) continue;
    seen.add(id);
    const order = orders.get(id);
    if (order === undefined) yield `${userId} ${id} at ${seq} was never written`;
    else if (order < last) yield `${userId} ${id} at ${seq} was written before what stands before it`;
    else last = order;
    if (order !== undefined && words !== written.get(id)) yield `${userId} ${id} at ${seq} has other words`;
  }
}

function* differences(userId: string, log: readonly Message[], told: readonly Message[]): Generator<string> {
  const end = told.at(-1)?.seq ?? 0;
  if (end !== log.length) yield `${userId} has it to ${end} of ${log.length}`;
  for (const [at, message] of told.entries()) {
    if (at > 0 && message.seq !== (told[at - 1]?.seq ?? 0) + 1) yield `${userId} has a hole before ${message.seq}`;
    const stored = log[message.seq - 1];
    if (idOf(message) !== idOf(stored) || textOf(message) !== textOf(stored)) {
      yield `${userId} has something else at ${message.seq}`;
    }
  }
}
