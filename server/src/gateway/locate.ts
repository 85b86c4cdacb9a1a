import type { IncomingMessage, ServerResponse } from "node:http";
import type { Clock } from "@parley/protocol";
import { Buckets } from "../buckets.ts";
import { limitKey } from "./address.ts";
import type { GatewayLimits } from "./limits.ts";
import type { Proxies } from "./proxies.ts";

export const LOCATE_PATH = "/locate";

/** When to ask again: by then a node that was just started, or came back, is known. */
const NONE_RETRY_SECONDS = 3;

const HEADERS = {
  "content-type": "application/json",
  "cache-control": "no-store",
  "x-content-type-options": "nosniff",
  // Public, without credentials, and the same for everybody: a client may come from any page.
  "access-control-allow-origin": "*",
  "access-control-expose-headers": "retry-after",
} as const;

export interface LocateParts {
  /** Address of the node to go to; null: there is none. */
  readonly locate: () => string | null;
  readonly proxies: Proxies;
  readonly clock: Clock;
  readonly limits: GatewayLimits;
}

/** `GET /locate`: which node a client should go to. From memory alone, so that asking costs less than refusing. */
export class Locate {
  readonly #parts: LocateParts;
  readonly #byAddress: Buckets;

  constructor(parts: LocateParts) {
    const { locatesPerSecond, locateBurst, countedKeys } = parts.limits;
    this.#parts = parts;
    this.#byAddress = new Buckets({ perSecond: locatesPerSecond, burst: locateBurst, keys: countedKeys }, parts.clock);
  }

  serve(request: IncomingMessage, response: ServerResponse): void {
    request.resume();
    response.on("error", () => {});
    if (request.method === "OPTIONS") return answer(response, 204, { "access-control-allow-methods": "GET, HEAD" });
    if (request.method !== "GET" && request.method !== "HEAD") return refuse(response, 405, "INVALID_REQUEST", 0);
    const waitMs = this.#byAddress.take(limitKey(this.#parts.proxies.originOf(request).address));
    if (waitMs > 0) return refuse(response, 429, "RATE_LIMITED", Math.ceil(waitMs / 1_000));
    const url = this.#parts.locate();
    if (url === null) return refuse(response, 503, "NO_NODE", NONE_RETRY_SECONDS);
    answer(response, 200, {}, { url });
  }
}

function refuse(response: ServerResponse, status: number, name: string, retrySeconds: number): void {
  const retry: Record<string, string> =
    retrySeconds > 0 ? { "retry-after": String(retrySeconds) } : { allow: "GET, HEAD" };
  answer(response, status, retry, { error: { name, retry: retrySeconds > 0, retryAfterMs: retrySeconds * 1_000 } });
}

function answer(response: ServerResponse, status: number, headers: Record<string, string>, body?: object): void {
  response.writeHead(status, { ...HEADERS, ...headers }).end(body === undefined ? undefined : JSON.stringify(body));
}
