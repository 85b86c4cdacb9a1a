import type { IncomingMessage, ServerResponse } from "node:http";
import { type Clock, errorObject, isMethod, ReplyError, limits as wireLimits } from "@parley/protocol";
import { RawJson } from "../api/raw-json.ts";
import type { Buckets } from "../buckets.ts";
import type { Services } from "../domain/services.ts";
import { inTime } from "../in-time.ts";
import type { Session } from "../live/caller.ts";
import type { Log } from "../log.ts";
import { LONE_SURROGATE } from "../params.ts";
import { limitKey } from "./address.ts";
import type { Dispatch, Outcome } from "./dispatch.ts";
import { HttpCalls } from "./http-calls.ts";
import { HttpPeer } from "./http-peer.ts";
import { statusOf } from "./http-status.ts";
import { HTTP_USES } from "./http-uses.ts";
import type { GatewayLimits } from "./limits.ts";
import type { Origins } from "./origins.ts";
import type { Origination, Proxies } from "./proxies.ts";
import { SECURITY_HEADERS } from "./security-headers.ts";
import { holdsLoneSurrogate } from "./surrogates.ts";

export const API_PREFIX = "/api/";

export interface HttpApiParts {
  readonly dispatch: Dispatch;
  readonly credentials: Pick<Services["credentials"], "byToken">;
  readonly proxies: Proxies;
  readonly origins: Origins;
  readonly clock: Clock;
  readonly log: Log;
  readonly limits: GatewayLimits;
  /** By person, over all that they ask. */
  readonly users: Buckets;
}

/** What a client that came at a bad moment waits. */
const BUSY_RETRY_MS = 1_000;
/** Without a byte in either direction for longer than any call takes, nobody is there. */
const SILENCE_MS = 60_000;

/** A refusal of the transport itself, before any method is asked. */
class Refusal extends ReplyError {
  readonly status: number;

  constructor(status: number, error: ReplyError) {
    super(error.name, { message: error.message, retryAfterMs: error.retryAfterMs });
    this.status = status;
  }
}

/** `POST /api/<method>`: one request, one reply, through the same dispatch as the socket. Needs no connection before or after. */
export class HttpApi {
  readonly #parts: HttpApiParts;
  readonly #calls: HttpCalls;
  #retiring = false;

  constructor(parts: HttpApiParts) {
    this.#parts = parts;
    this.#calls = new HttpCalls(parts.limits, parts.clock, parts.users);
  }

  /** Of paths that begin with `API_PREFIX`. Never rejects. */
  async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const origin = this.#parts.proxies.originOf(request);
    const address = limitKey(origin.address);
    if (!this.#calls.begin(address)) {
      reply(response, { error: busy() });
      return;
    }
    response.once("close", () => this.#calls.end(address));
    request.setTimeout(SILENCE_MS, () => request.destroy());
    request.on("error", () => {});
    response.on("error", () => {});
    const outcome = await this.#answer(request, origin, address).catch((error: unknown): Outcome => {
      if (error instanceof ReplyError) return { error };
      this.#parts.log.error("request failed", { error });
      return { error: new ReplyError("INTERNAL") };
    });
    // What was not read of the body, Node drops, until the request's time is up.
    reply(response, outcome);
  }

  /** Refuses new calls, and resolves when the last one is answered or its time is up. */
  drain(): Promise<void> {
    this.#retiring = true;
    const { clock, limits } = this.#parts;
    return inTime(this.#calls.idle(), limits.drainSeconds * 1_000, clock, () => {});
  }

  async #answer(request: IncomingMessage, origin: Origination, address: string): Promise<Outcome> {
    const method = this.#check(request, origin);
    notTooFast(this.#calls.admitAddress(address));
    const token = tokenOf(request);
    const body = await readBody(request);
    const session = token === null ? null : await this.#sessionOf(token, address, body.length);
    const peer = new HttpPeer(address, origin, session);
    return this.#inTime(this.#parts.dispatch.call(peer, method, paramsOf(body)));
  }

  async #sessionOf(token: string, address: string, bytes: number): Promise<Session> {
    const used = await this.#parts.credentials.byToken(token);
    if (used === null) throw new ReplyError("SESSION_INVALID");
    this.#calls.knownAt(address);
    notTooFast(this.#calls.admitSession(used.session, bytes));
    return used.session;
  }

  /** What can be said without reading the body. Answers the method's name. */
  #check(request: IncomingMessage, origin: Origination): string {
    if (!origin.secure && !origin.loopback) {
      throw refusal(
        426,
        "INVALID_REQUEST",
        "A token would be readable on its way: use https, or the sealed WebSocket.",
      );
    }
    if (this.#retiring) throw busy();
    if (request.method !== "POST") throw refusal(405, "INVALID_REQUEST", "Calls are POST.");
    if (!this.#parts.origins.allows(request.headers.origin, origin)) {
      throw refusal(403, "INVALID_REQUEST", "Pages of other origins may not call.");
    }
    const type = (request.headers["content-type"] ?? "").split(";", 1)[0]?.trim().toLowerCase();
    if (type !== "application/json") throw refusal(415, "INVALID_REQUEST", "The body is application/json.");
    const method = (request.url ?? "").split("?", 1)[0]?.slice(API_PREFIX.length) ?? "";
    if (isMethod(method) && HTTP_USES[method] === "connection") throw new ReplyError("NEEDS_CONNECTION");
    return method;
  }

  #inTime(call: Promise<Outcome>): Promise<Outcome> {
    const { clock, limits, log } = this.#parts;
    return inTime(call, limits.requestSeconds * 1_000, clock, () => {
      log.warn("request overdue");
      return { error: new ReplyError("INTERNAL") };
    });
  }
}

function notTooFast(waitMs: number): void {
  if (waitMs > 0) throw new ReplyError("RATE_LIMITED", { retryAfterMs: waitMs });
}

function busy(): ReplyError {
  return new ReplyError("OVERLOADED", { retryAfterMs: BUSY_RETRY_MS });
}

function refusal(status: number, name: "INVALID_REQUEST", message: string): Refusal {
  return new Refusal(status, new ReplyError(name, { message }));
}

/** Null without the header: a call before sign-in. */
function tokenOf(request: IncomingMessage): string | null {
  const { authorization } = request.headers;
  if (authorization === undefined) return null;
  const token = /^bearer +([A-Za-z0-9_-]{43})$/i.exec(authorization.trim())?.[1];
  if (token === undefined) throw new ReplyError("SESSION_INVALID");
  return token;
}

/** The whole body, up to what a message over the socket may be long. */
async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    // A request that is destroyed could not be answered any more.
    for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > wireLimits.MAX_MESSAGE_BYTES) break;
      chunks.push(chunk);
    }
  } catch {
    throw refusal(400, "INVALID_REQUEST", "The body ended too early.");
  }
  if (bytes > wireLimits.MAX_MESSAGE_BYTES) throw refusal(413, "INVALID_REQUEST", "The body is too long.");
  return Buffer.concat(chunks);
}

/** Throws at what is no UTF-8, which would become another text without a word. */
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** No body stands for no params. */
function paramsOf(body: Buffer): unknown {
  if (body.length === 0) return {};
  try {
    const json = utf8.decode(body);
    const params = JSON.parse(json) as unknown;
    return holdsLoneSurrogate(json, params) ? LONE_SURROGATE : params;
  } catch {
    throw new ReplyError("PARSE_ERROR", { message: "The body is not JSON." });
  }
}

function reply(response: ServerResponse, outcome: Outcome): void {
  if (response.destroyed || response.headersSent) return;
  const error = "error" in outcome ? outcome.error : null;
  const status = error === null ? 200 : error instanceof Refusal ? error.status : statusOf(error);
  const parts = "error" in outcome ? [errorBody(outcome.error)] : resultBody(outcome.result);
  for (const [name, value] of Object.entries(SECURITY_HEADERS)) response.setHeader(name, value);
  response.setHeader("content-type", "application/json");
  response.setHeader(
    "content-length",
    parts.reduce((sum, part) => sum + part.length, 0),
  );
  response.setHeader("cache-control", "no-store");
  if (status === 401) response.setHeader("www-authenticate", "Bearer");
  if (status === 405) response.setHeader("allow", "POST");
  if (status === 426) {
    response.setHeader("upgrade", "TLS/1.2, HTTP/1.1");
    response.setHeader("connection", "upgrade, close");
  }
  if (error !== null && error.retryAfterMs > 0) {
    response.setHeader("retry-after", String(Math.ceil(error.retryAfterMs / 1_000)));
  }
  response.writeHead(status);
  for (const part of parts) response.write(part);
  response.end();
}

function errorBody(error: ReplyError): Buffer {
  return Buffer.from(JSON.stringify({ error: errorObject(error) }));
}

function resultBody(result: object): Uint8Array[] {
  const json = result instanceof RawJson ? result.bytes : Buffer.from(JSON.stringify(result));
  return [Buffer.from('{"result":'), json, Buffer.from("}")];
}
