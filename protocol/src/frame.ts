import { REPLY_ERRORS, ReplyError, type ReplyErrorName } from "./errors.ts";

/**
 * The JSON-RPC 2.0 envelope (SPEC.md, rules F1..). Objects travel as NDJSON: one object a line, several to a record.
 * Decoding checks the envelope alone; params and results are checked against the tables by who uses them.
 */
export type Frame =
  | { readonly type: "request"; readonly id: number; readonly method: string; readonly params: unknown }
  | { readonly type: "result"; readonly id: number; readonly result: unknown }
  | { readonly type: "error"; readonly id: number | null; readonly error: ReplyError }
  | { readonly type: "event"; readonly method: string; readonly params: unknown };

/** A text that was cut in the middle of a character ends with half of a surrogate pair; no server takes that. */
export function encodeRequest(id: number, method: string, params: unknown): string {
  const json = wellFormed(JSON.stringify(params));
  return `{"jsonrpc":"2.0","id":${id},"method":${JSON.stringify(method)},"params":${json}}`;
}

/** Each escape of a JSON text. Of surrogates `JSON.stringify` escapes those that stand alone (ECMA-262, 25.5.2.3). */
const ESCAPES = /\\(?:ud[89a-f][0-9a-f]{2}|.)/gs;

function wellFormed(json: string): string {
  if (!json.includes("\\ud")) return json;
  return json.replace(ESCAPES, (written) => (written.length > 2 ? "\ufffd" : written));
}

/** `resultJson` is JSON text: a page made by the worker pool is joined without being parsed. */
export function encodeResult(id: number, resultJson: string): string {
  return `{"jsonrpc":"2.0","id":${id},"result":${resultJson}}`;
}

export function encodeError(id: number | null, error: ReplyError): string {
  return JSON.stringify({ jsonrpc: "2.0", id, error: errorObject(error) });
}

/** An error as replies carry it, whatever the transport. */
export function errorObject({ code, message, name, retry, retryAfterMs }: ReplyError): object {
  return { code, message, data: { name, retry, retryAfterMs } };
}

export function encodeEvent(method: string, paramsJson: string): string {
  return `{"jsonrpc":"2.0","method":${JSON.stringify(method)},"params":${paramsJson}}`;
}

/** As `encodeRequest` writes it, and whoever else keeps the order of the JSON-RPC specification. */
const REQUEST_HEAD = /^\{"jsonrpc":"2\.0","id":([1-9]\d{0,14}),"method":"([A-Za-z.]{1,64})","params":/;

/** What a request begins with, for who leaves the rest unparsed for now; null where that cannot be told so quickly. */
export function peekRequest(line: string): { readonly id: number; readonly method: string } | null {
  const [, id, method] = REQUEST_HEAD.exec(line) ?? [];
  return id === undefined || method === undefined ? null : { id: Number(id), method };
}

/** One line into one frame. Throws `PARSE_ERROR` or `INVALID_REQUEST`; the latter carries no more than that. */
export function decodeFrame(line: string): Frame {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw new ReplyError("PARSE_ERROR");
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new ReplyError("INVALID_REQUEST");
  const { jsonrpc, id, method, params, result, error } = value as Record<string, unknown>;
  if (jsonrpc !== "2.0") throw new ReplyError("INVALID_REQUEST");
  if (typeof method === "string") {
    if (id === undefined) return { type: "event", method, params };
    if (!isRequestId(id)) throw new ReplyError("INVALID_REQUEST");
    return { type: "request", id, method, params: params === undefined ? {} : params };
  }
  if (error !== undefined) {
    if (id !== null && !isRequestId(id)) throw new ReplyError("INVALID_REQUEST");
    return { type: "error", id, error: decodeError(error) };
  }
  if (!isRequestId(id) || result === undefined) throw new ReplyError("INVALID_REQUEST");
  return { type: "result", id, result };
}

function isRequestId(id: unknown): id is number {
  return Number.isSafeInteger(id) && (id as number) > 0;
}

/** An error whose name this version does not know becomes INTERNAL, but keeps its message and wait. */
function decodeError(error: unknown): ReplyError {
  if (typeof error !== "object" || error === null) throw new ReplyError("INVALID_REQUEST");
  const { message, data } = error as { message?: unknown; data?: unknown };
  const { name, retryAfterMs } = (typeof data === "object" && data !== null ? data : {}) as Record<string, unknown>;
  const known = typeof name === "string" && Object.hasOwn(REPLY_ERRORS, name) ? (name as ReplyErrorName) : "INTERNAL";
  return new ReplyError(known, {
    ...(typeof message === "string" ? { message } : {}),
    retryAfterMs: typeof retryAfterMs === "number" && retryAfterMs >= 0 ? retryAfterMs : 0,
  });
}
