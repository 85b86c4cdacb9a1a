/**
 * Value of an id in a dedupe bucket.
 * `?lo`: somebody is appending it; if it is in the log, then at index `lo` or later.
 * `=seq:sentAt:epoch`: it is the message `seq`.
 */
export type Claim = PendingClaim | DoneClaim;

export interface PendingClaim {
  readonly state: "pending";
  readonly lo: number;
}

export interface DoneClaim {
  readonly state: "done";
  readonly seq: number;
  readonly sentAt: number;
  readonly epoch: string;
}

export function pendingClaim(lo: number): string {
  return `?${lo}`;
}

export function doneClaim(done: Omit<DoneClaim, "state">): string {
  return `=${done.seq}:${done.sentAt}:${done.epoch}`;
}

export function parseClaim(text: string): Claim {
  const pending = /^\?(\d+)$/.exec(text);
  if (pending !== null) return { state: "pending", lo: Number(pending[1]) };
  const done = /^=(\d+):(\d+):(.*)$/s.exec(text);
  if (done === null) throw new Error("A dedupe bucket holds something that is not a claim");
  return { state: "done", seq: Number(done[1]), sentAt: Number(done[2]), epoch: done[3] ?? "" };
}
