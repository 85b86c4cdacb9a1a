import { decodeFrame, type Frame, peekRequest, ReplyError } from "@parley/protocol";
import type { Buckets } from "../buckets.ts";
import type { Peer } from "../live/caller.ts";
import type { Log } from "../log.ts";
import { isReadByWorkers, LONE_SURROGATE, UnreadParams } from "../params.ts";
import { Allowance, requestUnits, type Verdict } from "./allowance.ts";
import { type Dispatch, errorLine } from "./dispatch.ts";
import { laneOf } from "./lanes.ts";
import type { GatewayLimits } from "./limits.ts";
import { Mailbox, type MailboxOwner } from "./mailbox.ts";
import { type Asker, Request } from "./request.ts";
import { holdsLoneSurrogate } from "./surrogates.ts";
import type { TimerWheel } from "./timer-wheel.ts";

/** What a client that keeps too many requests in flight waits before the next one. */
const BUSY_RETRY_MS = 1_000;
/** Characters of a line from which on it is worth while to have it read elsewhere. */
const LONG_LINE = 8 * 1024;

export interface IntakeParts {
  readonly dispatch: Dispatch;
  readonly wheel: TimerWheel;
  readonly limits: GatewayLimits;
  readonly log: Log;
  /** By person, over all their connections. */
  readonly users: Buckets;
}

/** The connection whose requests these are. */
export interface IntakeOwner extends Peer {
  reply(line: Uint8Array): void;
  readonly congested: boolean;
  readonly ended: boolean;
  /** Something threw that never should. */
  broken(error: unknown): void;
}

/** The requests of one connection: NDJSON in, one reply for each out, at a bounded rate and a bounded number at once. */
export class Intake implements Asker, MailboxOwner<Request> {
  readonly #parts: IntakeParts;
  readonly #owner: IntakeOwner;
  readonly #mailbox: Mailbox<Request>;
  readonly #allowance: Allowance;
  /** Called once when nothing is in flight; no request is begun from then on. */
  #whenIdle: (() => void) | null = null;

  constructor(parts: IntakeParts, owner: IntakeOwner) {
    this.#parts = parts;
    this.#owner = owner;
    this.#mailbox = new Mailbox(this, parts.wheel, parts.limits.requestSeconds, parts.limits.readsAtOnce);
    this.#allowance = new Allowance(parts.limits, parts.wheel.second);
  }

  read(text: string): void {
    for (let from = 0; from < text.length && !this.#owner.ended; ) {
      const newline = text.indexOf("\n", from);
      const to = newline < 0 ? text.length : newline;
      this.#readLine(text.slice(from, to));
      from = to + 1;
    }
  }

  /** Begins and answers no new request, and calls `whenIdle` when the last one in flight is answered. */
  retire(whenIdle: () => void): void {
    this.#whenIdle = whenIdle;
    if (this.#mailbox.idle) whenIdle();
  }

  /** Replies drain again. */
  wake(): void {
    this.#mailbox.wake();
  }

  clear(): void {
    this.#mailbox.clear();
  }

  get congested(): boolean {
    return this.#owner.congested;
  }

  begin(request: Request): void {
    void this.#run(request);
  }

  overdue(request: Request): void {
    this.#parts.log.warn("request overdue", { connection: this.#owner.id });
    this.#answer(request, errorLine(request.id, new ReplyError("INTERNAL")));
  }

  #readLine(line: string): void {
    const verdict = this.#verdictOn(line.length);
    if (verdict === "exhausted") {
      this.#owner.close("rate_limited", JSON.stringify({ after: this.#allowance.waitMs }));
      return;
    }
    const frame = this.#decode(line);
    // Clients have nothing to tell and nothing to answer: what is not a request is ignored.
    if (frame?.type !== "request") return;
    // The goodbye says that what has no answer was not begun: the client asks the next node.
    if (this.#whenIdle !== null) return;
    const refusal = this.#refusal(frame.id, verdict === "refused");
    if (refusal !== null) {
      this.#owner.reply(errorLine(frame.id, refusal));
      return;
    }
    const lane = laneOf(frame.method, frame.params, this.#owner.session !== null);
    this.#mailbox.add(new Request(this, frame.id, frame.method, frame.params, lane));
  }

  #verdictOn(length: number): Verdict {
    const { wheel, users, limits } = this.#parts;
    const verdict = this.#allowance.spend(length, wheel.second);
    const { session } = this.#owner;
    if (verdict !== "granted" || session === null) return verdict;
    if (users.take(session.userId, requestUnits(length, limits)) === 0) return "granted";
    this.#allowance.forfeit();
    return "refused";
  }

  #decode(line: string): Frame | null {
    const peeked = line.length < LONG_LINE ? null : peekRequest(line);
    if (peeked !== null && isReadByWorkers(peeked.method)) {
      return { type: "request", ...peeked, params: new UnreadParams(line) };
    }
    try {
      const frame = decodeFrame(line);
      if (frame.type !== "request" || !holdsLoneSurrogate(line, frame.params)) return frame;
      return { ...frame, params: LONE_SURROGATE };
    } catch (error) {
      if (!(error instanceof ReplyError)) throw error;
      this.#owner.reply(errorLine(null, error));
      return null;
    }
  }

  #refusal(id: number, tooFast: boolean): ReplyError | null {
    if (tooFast) return new ReplyError("RATE_LIMITED", { retryAfterMs: this.#allowance.waitMs });
    if (this.#mailbox.full) {
      return new ReplyError("OVERLOADED", { retryAfterMs: BUSY_RETRY_MS });
    }
    return this.#mailbox.has(id) ? new ReplyError("INVALID_REQUEST") : null;
  }

  async #run(request: Request): Promise<void> {
    const { id, method, params } = request;
    this.#answer(request, await this.#parts.dispatch.run(this.#owner, id, method, params));
  }

  #answer(request: Request, line: Uint8Array): void {
    try {
      if (this.#owner.ended || !this.#mailbox.done(request)) return;
      this.#owner.reply(line);
      if (this.#mailbox.idle) this.#whenIdle?.();
    } catch (error) {
      this.#owner.broken(error);
    }
  }
}
