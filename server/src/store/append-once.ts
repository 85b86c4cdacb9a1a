import type { Clock } from "@parley/protocol";
import { type Claim, type DoneClaim, doneClaim, parseClaim, pendingClaim } from "./claim.ts";
import { intentsOf } from "./keys.ts";
import { type Append, type Appended, type Kv, StoreUnavailable } from "./kv.ts";
import { markOf, VOID_ENTRY } from "./log-entry.ts";

/**
 * appendOnce on a store that has nothing but single commands: exactly one message per id, although nodes stall and
 * die at any step, commands are lost, and commands arrive long after their sender gave up on them.
 *
 * An id is claimed in the dedupe bucket before it is pushed. Who won the claim and has the push's answer in time may
 * acknowledge at once: whoever lost the claim waits for twice that time before pushing, and then finds the entry. In
 * every other case the log decides: the first occurrence of the id is the message, later ones are made void. Whoever may
 * have seen such a copy is told: an intent says so before it goes.
 */

/** T: when an answer is late. No less than the command timeout of the driver. */
export const COMMAND_TIMEOUT_MS = 3_000;
/** W: a winner that was in time has its entry in the log by then. */
const WINNER_DONE_MS = 2 * COMMAND_TIMEOUT_MS;
/** A loser looks whether the winner is done, sooner at first: it mostly is within milliseconds. */
const FIRST_LOOK_MS = 10;
const LAST_LOOK_MS = 1_000;
/** Entries per read of a scan: about 100 KB of messages. */
const SCAN_STEP = 500;

/** The part of the store that the algorithm uses. */
export type LogStore = Pick<
  Kv,
  "expire" | "hashGet" | "hashSet" | "hashSetNx" | "listLength" | "listPush" | "listRange" | "listSet"
>;

export async function appendOncePortably(store: LogStore, clock: Clock, append: Append): Promise<Appended> {
  const startedAt = clock.monotonic();
  const lo = append.knownLength ?? (await store.listLength(append.log));
  const [won, length] = await Promise.all([
    store.hashSetNx(append.bucket, append.id, pendingClaim(lo)),
    append.knownLength === undefined ? lo : store.listLength(append.log),
    // The next append renews what this one could not.
    append.bucketTtlSeconds === null ? null : store.expire(append.bucket, append.bucketTtlSeconds).catch(() => null),
  ]);
  if (!won) return appendAfter(store, clock, append, length);
  if (length < lo) await lowerClaim(store, append, length);
  // Who stood still since the claim finds what a loser has pushed meanwhile, and adds no copy for others to see.
  if (clock.monotonic() - startedAt >= WINNER_DONE_MS) {
    return asOwn(append, await appendAfter(store, clock, append, length));
  }

  const seq = await pushIfAnswered(store, append);
  if (seq === null) return asOwn(append, await appendAfter(store, clock, append, length));
  if (seq <= length) throw new StoreUnavailable("The log is shorter than it was: the store lost its tail");
  if (clock.monotonic() - startedAt >= COMMAND_TIMEOUT_MS) {
    const from = indexOf(await confirmedClaim(store, append, length));
    return asOwn(append, await settle(store, clock, append, from, seq));
  }
  record(store, append, { seq, sentAt: append.sentAt, epoch: append.epoch });
  return { seq, sentAt: append.sentAt, epoch: append.epoch, duplicate: false };
}

/** Who won the claim finds the own entry or, when that came late or never, the one of a loser: that is not what was asked for. */
function asOwn(append: Append, found: Appended): Appended {
  return { ...found, duplicate: found.sentAt !== append.sentAt };
}

/** For who found the id claimed by somebody else, by whichever way of appending. */
export async function appendAsLoser(store: LogStore, clock: Clock, append: Append): Promise<Appended> {
  return appendAfter(store, clock, append, await store.listLength(append.log));
}

/** The id is claimed and perhaps not done: takes the claim over when its owner cannot come back with a timely answer. */
async function appendAfter(store: LogStore, clock: Clock, append: Append, length: number): Promise<Appended> {
  const claim = await confirmedClaim(store, append, length);
  if (claim.state === "done") return answerOf(claim);
  const { lo } = claim;
  const early = await scan(store, append, lo);
  if (early !== null) return conclude(store, append, early);

  const done = await winnerDone(store, clock, append);
  if (done !== null) return answerOf(done);
  const late = await scan(store, append, lo);
  if (late !== null) return conclude(store, append, late);

  // The winner's push may still arrive, after ours and after we have looked: the intent has later copies made void.
  const intent: CopyIntent = { kind: "copy", args: { log: append.log, id: append.id, lo }, startedAt: clock.now() };
  await store.hashSet(intentsOf(append.log), `copy:${append.log}:${append.id}`, JSON.stringify(intent));
  const seq = await store.listPush(append.log, append.entry);
  return settle(store, clock, append, lo, seq);
}

/** The first occurrence of the id is the message; ours makes way if it is not the first. */
async function settle(store: LogStore, clock: Clock, append: Append, lo: number, own: number): Promise<Appended> {
  const first = await scan(store, append, lo);
  if (first === null) throw new StoreUnavailable("An entry is missing from the log: the store lost its tail");
  if (first.seq < own) await makeVoid(store, clock, { log: append.log, id: append.id, lo, seq: own });
  return conclude(store, append, first);
}

function conclude(store: LogStore, append: Append, found: Occurrence): Appended {
  const { seq, sentAt } = found;
  record(store, append, { seq, sentAt, epoch: append.epoch });
  return { seq, sentAt, epoch: append.epoch, duplicate: true };
}

/** Spares later resends the scan. Nobody waits for it and it may be lost: the claim still says where to look. */
function record(store: LogStore, append: Append, done: Omit<DoneClaim, "state">): void {
  store.hashSet(append.bucket, append.id, doneClaim(done)).catch(() => {});
}

function answerOf(done: DoneClaim): Appended {
  return { seq: done.seq, sentAt: done.sentAt, epoch: done.epoch, duplicate: true };
}

/** Null when it is unknown whether the entry was pushed, or will be. */
async function pushIfAnswered(store: LogStore, append: Append): Promise<number | null> {
  try {
    return await store.listPush(append.log, append.entry);
  } catch (error) {
    if (error instanceof StoreUnavailable) return null;
    throw error;
  }
}

/**
 * The claim, with an index that can be trusted. What a claimant knew of the log may have been of a tail that the store has
 * lost since, and others' entries soon hide that the index lies behind the message's own place. So everybody looks how long
 * the log is, and lowers the claim to that before pushing.
 *
 * `length` was asked for before the claim is read here. If it is below the claim's index, whoever pushes does so after it,
 * as who had pushed before would have lowered the claim; and if it is not, later pushes are behind the index anyway.
 */
async function confirmedClaim(store: LogStore, append: Append, length: number): Promise<Claim> {
  const claim = await readClaim(store, append);
  if (claim.state === "done" || claim.lo <= length) return claim;
  await lowerClaim(store, append, length);
  return { state: "pending", lo: length };
}

function lowerClaim(store: LogStore, { bucket, id }: Append, length: number): Promise<void> {
  return store.hashSet(bucket, id, pendingClaim(length));
}

/** Nothing of the id is before it. */
function indexOf(claim: Claim): number {
  return claim.state === "done" ? claim.seq - 1 : claim.lo;
}

async function readClaim(store: LogStore, append: Append): Promise<Claim> {
  const text = await store.hashGet(append.bucket, append.id);
  if (text === null) throw new StoreUnavailable("A claim is gone: its bucket expired or the store lost its tail");
  return parseClaim(text);
}

/** Waits for W, or until the claim is done. */
async function winnerDone(store: LogStore, clock: Clock, append: Append): Promise<DoneClaim | null> {
  const end = clock.monotonic() + WINNER_DONE_MS;
  for (let pause = FIRST_LOOK_MS; ; pause = Math.min(2 * pause, LAST_LOOK_MS)) {
    const left = end - clock.monotonic();
    if (left <= 0) return null;
    await new Promise<void>((resolve) => clock.after(Math.min(pause, left), resolve));
    const claim = await readClaim(store, append);
    if (claim.state === "done") return claim;
  }
}

interface Occurrence {
  readonly seq: number;
  readonly sentAt: number;
}

function scan(store: LogStore, { log, id }: Append, lo: number): Promise<Occurrence | null> {
  return firstOccurrence(store, log, id, lo);
}

/** Where the message of a claim that is not done is, from index `lo` on; null: nowhere yet. */
export async function firstOccurrence(
  store: Pick<Kv, "listRange">,
  log: string,
  id: string,
  lo: number,
): Promise<Occurrence | null> {
  for await (const found of occurrences(store, log, id, lo)) return found;
  return null;
}

async function* occurrences(
  store: Pick<Kv, "listRange">,
  log: string,
  id: string,
  lo: number,
): AsyncGenerator<Occurrence> {
  for (let from = lo; ; from += SCAN_STEP) {
    const entries = await store.listRange(log, from, from + SCAN_STEP - 1);
    for (const [at, entry] of entries.entries()) {
      const mark = markOf(entry, id);
      if (mark !== null) yield { seq: from + at + 1, sentAt: mark.sentAt };
    }
    if (entries.length < SCAN_STEP) return;
  }
}

/** Somebody pushed an id that was claimed by another: a copy may turn up later. In the form of domain/deeds. */
export interface CopyIntent {
  readonly kind: "copy";
  readonly args: CopyIntentArgs;
  /** Unix time in milliseconds. */
  readonly startedAt: number;
}

export interface CopyIntentArgs {
  readonly log: string;
  readonly id: string;
  /** The first occurrence is at this index or later. */
  readonly lo: number;
}

/** How long the leader goes on looking for copies after `startedAt`: longer than any delayed push. */
export const COPY_INTENT_MS = 10 * 60_000;

/** A copy was made void, or is about to be. Until then it was an entry like any other: who has seen it keeps it. */
export interface VoidedIntent {
  readonly kind: "voided";
  readonly args: VoidedIntentArgs;
  /** Unix time in milliseconds. */
  readonly startedAt: number;
}

export interface VoidedIntentArgs extends CopyIntentArgs {
  readonly seq: number;
}

/** Makes void every occurrence of the id but the first; for the leader, as often as it likes. Answers how many. */
export async function voidCopies(store: LogStore, clock: Clock, { log, id, lo }: CopyIntentArgs): Promise<number> {
  let seen = 0;
  for await (const { seq } of occurrences(store, log, id, lo)) {
    if (seen++ > 0) await makeVoid(store, clock, { log, id, lo, seq });
  }
  return Math.max(0, seen - 1);
}

async function makeVoid(store: LogStore, clock: Clock, args: VoidedIntentArgs): Promise<void> {
  const { log, seq } = args;
  const intent: VoidedIntent = { kind: "voided", args, startedAt: clock.now() };
  await store.hashSet(intentsOf(log), `voided:${log}:${seq}`, JSON.stringify(intent));
  await store.listSet(log, seq - 1, VOID_ENTRY);
}
