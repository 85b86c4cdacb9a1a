import type { Clock } from "../platform.ts";
import { u8 } from "./bytes.ts";
import type { Awaitable, ClientCrypto } from "./crypto.ts";
import { bodyCapacity, encodeInner } from "./inner.ts";
import { Lane } from "./lane.ts";
import { IV_BYTES, REKEY, type RekeyPolicy, type Traffic } from "./traffic.ts";
import { FRAME, INNER } from "./wire.ts";

/** Bytes that wait to be sealed; the client library's outbox keeps the rest. */
const WAITING_MAX_BYTES = 4 * 1024 * 1024;
/** What a waiting control record counts as. */
const CONTROL_WEIGHT = 64;

export interface SealerOptions {
  readonly crypto: ClientCrypto;
  readonly clock: Clock;
  readonly rekey?: RekeyPolicy;
}

/** The sending direction of a client: seals records in the order they were asked for, however long the crypto takes. */
export class Sealer {
  readonly #options: SealerOptions;
  readonly #traffic: Traffic;
  readonly #send: (frame: Uint8Array) => void;
  readonly #lane: Lane;

  constructor(
    options: SealerOptions,
    traffic: Traffic,
    out: { send(frame: Uint8Array): void; failed(error: unknown): void },
  ) {
    this.#options = options;
    this.#traffic = traffic;
    this.#send = (frame) => out.send(frame);
    this.#lane = new Lane(WAITING_MAX_BYTES, (error) => out.failed(error));
  }

  /** In as few records as fit. False when too much waits already. */
  message(type: number, body: Uint8Array, padTo: number): boolean {
    return this.#lane.push(body.length, () => this.#fragments(type, body, padTo, 0));
  }

  /** False when too much waits already. */
  control(type: number, body: Uint8Array): boolean {
    return this.#lane.push(CONTROL_WEIGHT, () => this.#seal(encodeInner(type, body)));
  }

  updateKey(): void {
    this.#lane.push(0, () => this.#update());
  }

  /** What waits is still sent, then `last`; then `done` is called, even where the key is used up. */
  finish(last: Uint8Array, done: () => void): void {
    // Weightless: a full queue must not keep the channel from ending.
    this.#lane.push(0, () => this.#sealNow(last));
    this.#lane.push(0, done);
  }

  #fragments(type: number, body: Uint8Array, padTo: number, from: number): Awaitable<void> {
    const part = body.subarray(from, from + bodyCapacity(padTo));
    const next = from + part.length;
    const sealed = this.#seal(encodeInner(type, part, next < body.length, padTo));
    if (next >= body.length) return sealed;
    return then(sealed, () => this.#fragments(type, body, padTo, next));
  }

  #seal(inner: Uint8Array): Awaitable<void> {
    const { rekey, clock } = this.#options;
    if (!this.#traffic.due(rekey ?? REKEY, clock.monotonic())) return this.#sealNow(inner);
    return then(this.#update(), () => this.#sealNow(inner));
  }

  #update(): Awaitable<void> {
    const sealed = this.#sealNow(encodeInner(INNER.keyUpdate, u8(0)));
    return then(sealed, () => this.#traffic.ratchet(this.#options.clock.monotonic()));
  }

  #sealNow(inner: Uint8Array): Awaitable<void> {
    const nonce = this.#traffic.next(inner.length, new Uint8Array(IV_BYTES));
    const header = Uint8Array.of(FRAME.record, this.#traffic.epoch);
    const frame = this.#options.crypto.seal(this.#traffic.key, nonce, header, inner);
    if (frame instanceof Promise) return frame.then(this.#send);
    this.#send(frame);
  }
}

/** Goes on at once where nothing has to be waited for. */
function then(before: Awaitable<void>, next: () => Awaitable<void>): Awaitable<void> {
  return before instanceof Promise ? before.then(next) : next();
}
