import {
  encodeError,
  encodeResult,
  isMethod,
  type Method,
  type Params,
  ReplyError,
  type Result,
} from "@parley/protocol";
import type { Handlers } from "../api/handlers.ts";
import { RawJson } from "../api/raw-json.ts";
import type { Peer } from "../live/caller.ts";
import type { Log } from "../log.ts";
import { metrics } from "../metrics.ts";
import { checkParams, UnreadParams } from "../params.ts";
import { StoreUnavailable } from "../store/kv.ts";
import { guard } from "./guards.ts";

/** A client that is told that the store does not answer comes back after this; the link is tried each second. */
const STORE_RETRY_MS = 1_000;

/** What a call came to. */
export type Outcome = { readonly result: object } | { readonly error: ReplyError };

/** Table row -> guards -> validate -> handler -> reply. */
export class Dispatch {
  readonly #handlers: Handlers;
  readonly #log: Log;

  constructor(handlers: Handlers, log: Log) {
    this.#handlers = handlers;
    this.#log = log;
  }

  /** Answers the reply's line. Never throws. */
  async run(peer: Peer, id: number, method: string, params: unknown): Promise<Uint8Array> {
    const askedAt = performance.now();
    try {
      const line = resultLine(id, await this.#begin(peer, method, params));
      metrics.requests.add(method, "ok");
      return line;
    } catch (error) {
      return errorLine(id, this.#refused(peer, method, error));
    } finally {
      metrics.requestSeconds.add(method, askedAt, performance.now());
    }
  }

  /** The same for transports that frame replies in their own way; a result may be `RawJson`. Never throws. */
  async call(peer: Peer, method: string, params: unknown): Promise<Outcome> {
    const askedAt = performance.now();
    try {
      const result = await this.#begin(peer, method, params);
      metrics.requests.add(method, "ok");
      return { result };
    } catch (error) {
      return { error: this.#refused(peer, method, error) };
    } finally {
      metrics.requestSeconds.add(method, askedAt, performance.now());
    }
  }

  /** Throws and rejects with what stands in the way. */
  #begin(peer: Peer, method: string, params: unknown): Promise<Result<Method> | RawJson> {
    if (!isMethod(method)) throw new ReplyError("METHOD_NOT_FOUND");
    guard(peer, method);
    if (!(params instanceof UnreadParams)) checkParams(method, params);
    // TypeScript cannot see that a method, its handler and its params go together.
    const handler = this.#handlers[method] as (peer: Peer, params: Params<Method>) => Promise<Result<Method> | RawJson>;
    return handler(peer, params as Params<Method>);
  }

  #refused(peer: Peer, method: string, error: unknown): ReplyError {
    const refusal = this.#refusal(peer, method, error);
    metrics.requests.add(method, refusal.name);
    return refusal;
  }

  #refusal(peer: Peer, method: string, error: unknown): ReplyError {
    if (error instanceof ReplyError) return error;
    // Only names of our own go into the log.
    const known = isMethod(method) ? method : "unknown";
    if (error instanceof StoreUnavailable) {
      this.#log.warn("store unavailable", { connection: peer.id, method: known, error });
      return new ReplyError("OVERLOADED", { retryAfterMs: STORE_RETRY_MS });
    }
    this.#log.error("handler failed", { connection: peer.id, method: known, error });
    return new ReplyError("INTERNAL");
  }
}

const encoder = new TextEncoder();
const RESULT_END = encoder.encode("}");

export function errorLine(id: number | null, error: ReplyError): Uint8Array {
  return encoder.encode(encodeError(id, error));
}

function resultLine(id: number, result: object): Uint8Array {
  if (!(result instanceof RawJson)) return encoder.encode(encodeResult(id, JSON.stringify(result)));
  const head = encodeResult(id, "").slice(0, -1);
  return Buffer.concat([encoder.encode(head), result.bytes, RESULT_END]);
}
