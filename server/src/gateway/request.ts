import type { Job, Lane } from "./mailbox.ts";

/** A request that was read and has not been answered. */
export class Request implements Job {
  wheelSlot = -1;
  nextJob: Job | null = null;
  running = false;
  readonly id: number;
  readonly method: string;
  readonly params: unknown;
  readonly lane: Lane;
  readonly #asker: Asker;

  constructor(asker: Asker, id: number, method: string, params: unknown, lane: Lane) {
    this.#asker = asker;
    this.id = id;
    this.method = method;
    this.params = params;
    this.lane = lane;
  }

  onTimer(): number {
    this.#asker.overdue(this);
    return 0;
  }
}

export interface Asker {
  /** The deadline of a request has passed. Must not throw. */
  overdue(request: Request): void;
}
