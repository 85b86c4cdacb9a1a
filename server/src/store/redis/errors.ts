import { ReplyError } from "ioredis";
import { metrics } from "../../metrics.ts";
import { StoreUnavailable } from "../kv.ts";

/** Answers of a server that cannot serve now, but another or the same one soon will. */
const TEMPORARY =
  /^(READONLY|LOADING|MASTERDOWN|CLUSTERDOWN|TRYAGAIN|MOVED|ASK|NOREPLICAS|MISCONF|OOM|BUSY|UNKILLABLE|NOAUTH|WRONGPASS|NOPERM|ERR max number of clients)/;

/** The server understood the command and refused it, which is a mistake in the program. */
export class CommandRefused extends Error {
  override readonly name = "CommandRefused";

  constructor(message: string) {
    super(message);
    metrics.storeFailures.add("refused");
  }
}

/** The client's own errors carry the command's arguments, which are people's messages: they must not reach a log. */
export function asStoreError(error: unknown): Error {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof ReplyError && !TEMPORARY.test(message)) {
    return new CommandRefused(`Redis refused a command: ${message.split(", with args")[0]}`);
  }
  return new StoreUnavailable(`Redis did not answer: ${message}`);
}
