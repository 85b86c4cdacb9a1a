import { CALL_CANDIDATES_MAX } from "../../limits.ts";
import type { Clock } from "../../platform.ts";
import type { Signal } from "../../schema/call.ts";
import type { SignalledCandidate } from "./peer.ts";

/** What a device finds at once goes as one signal. */
const GATHER_MS = 20;
/** The server did not say whether it took it. */
const RETRY_MS = 1_000;
/** Waiting for the server; a link has some dozens in all. */
const WAITING_MAX = 256;

/** `lost`: nobody knows whether it arrived. `refused`: it never will. */
export type SignalSent = "taken" | "lost" | "refused";

export interface OutgoingParts {
  readonly clock: Clock;
  isOnline(): boolean;
  send(number: number, signal: Signal): Promise<SignalSent>;
  /** More waits than is kept: this link has no future. */
  overflowed(): void;
}

interface Waiting {
  readonly number: number;
  readonly signal: Signal;
  flying: boolean;
}

/** Numbers the signals of one link, and sends each until the server has it: who gets one twice knows it by its number. */
export class OutgoingSignals {
  readonly #parts: OutgoingParts;
  readonly #waiting: Waiting[] = [];
  #candidates: SignalledCandidate[] = [];
  #last = 0;
  #closed = false;
  #stopGathering: (() => void) | null = null;
  #stopRetry: (() => void) | null = null;

  constructor(parts: OutgoingParts) {
    this.#parts = parts;
  }

  /** After the candidates that were found before. */
  say(signal: Signal): void {
    this.#flush();
    this.#add(signal);
  }

  candidate(candidate: SignalledCandidate): void {
    if (this.#closed) return;
    this.#candidates.push(candidate);
    if (this.#candidates.length >= CALL_CANDIDATES_MAX) this.#flush();
    else this.#stopGathering ??= this.#parts.clock.after(GATHER_MS, () => this.#flush());
  }

  /** The connection is back. */
  resume(): void {
    for (const waiting of this.#waiting) if (!waiting.flying) this.#send(waiting);
  }

  close(): void {
    this.#closed = true;
    this.#waiting.length = 0;
    this.#stopGathering?.();
    this.#stopRetry?.();
  }

  #flush(): void {
    this.#stopGathering?.();
    this.#stopGathering = null;
    const candidates = this.#candidates.splice(0);
    if (candidates.length > 0) this.#add({ kind: "candidates", candidates });
  }

  #add(signal: Signal): void {
    if (this.#closed) return;
    if (this.#waiting.length >= WAITING_MAX) return this.#parts.overflowed();
    this.#last += 1;
    const waiting = { number: this.#last, signal, flying: false };
    this.#waiting.push(waiting);
    this.#send(waiting);
  }

  #send(waiting: Waiting): void {
    if (!this.#parts.isOnline()) return;
    waiting.flying = true;
    void this.#parts.send(waiting.number, waiting.signal).then((sent) => {
      waiting.flying = false;
      if (this.#closed) return;
      if (sent !== "lost") {
        const at = this.#waiting.indexOf(waiting);
        if (at >= 0) this.#waiting.splice(at, 1);
        return;
      }
      this.#stopRetry ??= this.#parts.clock.after(RETRY_MS, () => {
        this.#stopRetry = null;
        this.resume();
      });
    });
  }
}
