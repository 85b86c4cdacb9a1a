import type { ReplyError } from "../errors.ts";
import { encodeRequest } from "../frame.ts";
import { REQUESTS_IN_FLIGHT_MAX } from "../limits.ts";
import type { Clock } from "../platform.ts";
import type { Method, Params, Result } from "../requests.ts";
import { ClientError } from "./state.ts";
import { checkResult } from "./wire-check.ts";

/** Requests that wait for a place among those in flight; a caller that wants more has lost its own bounds. */
export const QUEUED_REQUESTS_MAX = 1_000;
export const REQUEST_TIMEOUT_MS = 15_000;
/** Typing says something by its length alone. */
const PADDED_TO_BYTES = 64;

/** The request was not begun, and may be made again without a doubt. */
export class Undone extends ClientError {
  constructor(method?: string) {
    super("lost", method);
  }
}

interface Waiting {
  readonly method: Method;
  readonly params: unknown;
  readonly settle: (outcome: { result: unknown } | { error: Error }) => void;
}

export interface RequestsOut {
  /** False when it could not be queued. */
  send(text: string, padTo?: number): boolean;
  /** One that was sent has got no answer in its time: the line may have died without a word. */
  unanswered(): void;
}

/** Requests of one link: numbered, bounded, each with its deadline. */
export class PendingRequests {
  readonly #clock: Clock;
  readonly #out: RequestsOut;
  readonly #inFlight = new Map<number, Waiting>();
  readonly #queue: Waiting[] = [];
  #lastId = 0;
  #closed = false;

  constructor(clock: Clock, out: RequestsOut) {
    this.#clock = clock;
    this.#out = out;
  }

  async request<M extends Method>(method: M, params: Params<M>, timeoutMs = REQUEST_TIMEOUT_MS): Promise<Result<M>> {
    if (this.#closed) throw new Undone(method);
    if (this.#queue.length >= QUEUED_REQUESTS_MAX) throw new ClientError("queueFull", method);
    const result = await new Promise<unknown>((resolve, reject) => {
      const waiting: Waiting = {
        method,
        params,
        settle: (outcome) => {
          cancelDeadline();
          if ("error" in outcome) reject(outcome.error);
          else resolve(outcome.result);
        },
      };
      const cancelDeadline = this.#clock.after(timeoutMs, () => {
        if (this.#forget(waiting)) this.#out.unanswered();
        waiting.settle({ error: new ClientError("timeout", method) });
        this.#flush();
      });
      this.#queue.push(waiting);
      this.#flush();
    });
    return checkResult(method, result);
  }

  /** An answer to nothing is one that came after its deadline: ignored. */
  answered(id: number | null, outcome: { result: unknown } | { error: ReplyError }): void {
    const waiting = id === null ? undefined : this.#inFlight.get(id);
    if (id === null || waiting === undefined) return;
    this.#inFlight.delete(id);
    waiting.settle(outcome);
    this.#flush();
  }

  /** The link is gone. `undone`: the server has begun nothing that it did not answer. */
  close(undone: boolean): void {
    this.#closed = true;
    const sent = [...this.#inFlight.values()];
    const unsent = this.#queue.splice(0);
    this.#inFlight.clear();
    for (const { settle, method } of sent)
      settle({ error: undone ? new Undone(method) : new ClientError("lost", method) });
    for (const { settle, method } of unsent) settle({ error: new Undone(method) });
  }

  #flush(): void {
    while (this.#inFlight.size < REQUESTS_IN_FLIGHT_MAX) {
      const waiting = this.#queue.shift();
      if (waiting === undefined) return;
      const id = ++this.#lastId;
      this.#inFlight.set(id, waiting);
      const padTo = waiting.method === "message.setTyping" ? PADDED_TO_BYTES : undefined;
      if (!this.#out.send(encodeRequest(id, waiting.method, waiting.params), padTo)) {
        this.#inFlight.delete(id);
        waiting.settle({ error: new Undone(waiting.method) });
      }
    }
  }

  /** True when it had been sent. */
  #forget(waiting: Waiting): boolean {
    const queued = this.#queue.indexOf(waiting);
    if (queued >= 0) this.#queue.splice(queued, 1);
    for (const [id, other] of this.#inFlight) if (other === waiting) return this.#inFlight.delete(id);
    return false;
  }
}
