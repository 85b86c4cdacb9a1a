import type { Method, Params, Result } from "@parley/protocol";
import type { Peer } from "../live/caller.ts";
import type { ReadByWorkers, UnreadParams } from "../params.ts";
import type { RawJson } from "./raw-json.ts";

type Asked<M extends Method> = M extends ReadByWorkers ? Params<M> | UnreadParams : Params<M>;

/** One handler for each row of the table. Refusals are thrown as `ReplyError`; anything else thrown is INTERNAL. */
export type Handlers = {
  readonly [M in Method]: (peer: Peer, params: Asked<M>) => Promise<Result<M> | RawJson>;
};
