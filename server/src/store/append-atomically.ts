import { doneClaim, parseClaim } from "./claim.ts";
import type { Append, Appended } from "./kv.ts";
import { markOf } from "./log-entry.ts";

/** What `appendOnceAtomically` needs; all of it inside one transaction. */
export interface AppendTransaction {
  claim(): string | null;
  /** Entries of the log from the index on, in order. */
  entriesFrom(index: number): Iterable<string>;
  /** Appends the entry and answers its seq. */
  push(): number;
  record(claim: string): void;
}

/** appendOnce where a transaction holds everybody else off. */
export function appendOnceAtomically(append: Append, transaction: AppendTransaction): Appended {
  const { id, sentAt, epoch } = append;
  const text = transaction.claim();
  if (text !== null) {
    const claim = parseClaim(text);
    if (claim.state === "done") {
      return { seq: claim.seq, sentAt: claim.sentAt, epoch: claim.epoch, duplicate: true };
    }
    // Pending claims come with data that was copied from a store without transactions.
    let seq = claim.lo;
    for (const entry of transaction.entriesFrom(claim.lo)) {
      seq++;
      const mark = markOf(entry, id);
      if (mark === null) continue;
      transaction.record(doneClaim({ seq, sentAt: mark.sentAt, epoch }));
      return { seq, sentAt: mark.sentAt, epoch, duplicate: true };
    }
  }
  const seq = transaction.push();
  transaction.record(doneClaim({ seq, sentAt, epoch }));
  return { seq, sentAt, epoch, duplicate: false };
}
