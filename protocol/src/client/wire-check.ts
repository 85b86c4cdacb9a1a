import { Value } from "typebox/value";
import { EVENTS, type EventData, type EventName } from "../events.ts";
import { type Method, REQUESTS, type Result } from "../requests.ts";
import { Notice } from "../schema/sync.ts";
import { ClientError } from "./state.ts";

/**
 * What a server says is checked against the tables before anything believes it. `Value.Check` walks the schema and
 * needs no `eval`, which a strict Content-Security-Policy forbids.
 */
export function checkResult<M extends Method>(method: M, result: unknown): Result<M> {
  const value = method === "sync.pull" ? withoutUnknownNotices(result) : result;
  if (!Value.Check(REQUESTS[method].result, value)) throw new ClientError("invalidReply", method);
  return value as Result<M>;
}

/** Null when the event is not what the table says. */
export function checkEvent<E extends EventName>(event: E, params: unknown): EventData<E> | null {
  return Value.Check(EVENTS[event], params) ? (params as EventData<E>) : null;
}

const NOTICE_KINDS: ReadonlySet<unknown> = new Set(Notice.anyOf.map((kind) => kind.properties.kind.const));

/** A newer server may tell of what this version does not know; the rest of its page is still good. */
function withoutUnknownNotices(result: unknown): unknown {
  if (typeof result !== "object" || result === null) return result;
  const { notices } = result as { notices?: unknown };
  if (!Array.isArray(notices)) return result;
  return { ...result, notices: notices.filter((notice) => NOTICE_KINDS.has((notice as { kind?: unknown })?.kind)) };
}
