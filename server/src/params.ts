import { decodeFrame, type Method, type Params, REQUESTS, ReplyError } from "@parley/protocol";
import { Compile, Errors, type Validator } from "typebox/schema";
import { quickRecords } from "./quick-records.ts";

/** Characters of the path to a wrong field; a path may run through keys that the client chose. */
const PATH_MAX = 128;
/** Values in params of which the wrong one is looked for: in a list of 400,000 that would stop the thread for half a second. */
const EXPLAINED_MAX = 512;

/**
 * Params as the text of their whole request, which only its beginning was read of: they are long, and a worker makes
 * the page that they ask for, so it reads them, too, and the main loop goes on.
 */
export class UnreadParams {
  readonly line: string;

  constructor(line: string) {
    this.line = line;
  }
}

/** Stands for params that hold half of a surrogate pair: they are refused in their turn, as others that do not match. */
export const LONE_SURROGATE = Symbol("lone surrogate");

/** Methods whose params may stay unread. */
export type ReadByWorkers = "sync.pull";
const READ_BY_WORKERS: ReadonlySet<string> = new Set<ReadByWorkers>(["sync.pull"]);

export function isReadByWorkers(method: string): boolean {
  return READ_BY_WORKERS.has(method);
}

/** Throws what `decodeFrame` and `checkParams` throw. Calls `between` between them: each takes a while for a long line. */
export function readParams<M extends Method>(method: M, line: string, between: () => void): Params<M> {
  const frame = decodeFrame(line);
  between();
  // A line may name its members twice; the last one counts, and the method was taken from the first.
  if (frame.type !== "request" || frame.method !== method) throw new ReplyError("INVALID_REQUEST");
  checkParams(method, frame.params);
  return frame.params as Params<M>;
}

/** One for each row that was asked for in this thread. */
const validators = new Map<Method, Validator>();

/** Throws `INVALID_PARAMS`, with the place of the first that is wrong. */
export function checkParams(method: Method, params: unknown): void {
  let validator = validators.get(method);
  if (validator === undefined) {
    validator = Compile(quickRecords(REQUESTS[method].params)) as Validator;
    validators.set(method, validator);
  }
  if (validator.Check(params)) return;
  if (params === LONE_SURROGATE) {
    throw new ReplyError("INVALID_PARAMS", { message: "A text in the params holds half of a surrogate pair" });
  }
  const [, [first]] = holdsAtMost(params, EXPLAINED_MAX) ? Errors(REQUESTS[method].params, params) : [false, []];
  const path = (first?.instancePath || "/").slice(0, PATH_MAX);
  throw new ReplyError("INVALID_PARAMS", { message: `The params do not match the schema of ${method} at ${path}` });
}

function holdsAtMost(params: unknown, most: number): boolean {
  let left = most;
  const counts = (value: unknown): boolean => {
    left -= 1;
    return left >= 0 && (typeof value !== "object" || value === null || Object.values(value).every(counts));
  };
  return counts(params);
}
