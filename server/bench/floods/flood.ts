/** Whom a flood hits, and where it comes from. */
export interface FloodTarget {
  /** `http://127.0.0.1:41234` */
  readonly url: string;
  /** One of this machine's addresses: 127.0.0.2 is another one than those of the people who are served. */
  readonly from: string;
}

/** What became of each attempt: a status, a close code, the name of a reply, or a word. */
export class Outcomes {
  readonly counts = new Map<string, number>();

  add(outcome: string | number): void {
    const name = String(outcome);
    this.counts.set(name, (this.counts.get(name) ?? 0) + 1);
  }

  get(outcome: string | number): number {
    return this.counts.get(String(outcome)) ?? 0;
  }
}

/** Goes on until it is told to stop, and has let go of everything when it resolves. */
export type Flood = (target: FloodTarget, outcomes: Outcomes, until: AbortSignal) => Promise<void>;

/** So many lanes do the same, one time after the other. */
export async function lanes(count: number, until: AbortSignal, attempt: () => Promise<void>): Promise<void> {
  const lane = async () => {
    while (!until.aborted) await attempt();
  };
  await Promise.all(Array.from({ length: count }, lane));
}
