import type { Method, Params, Result } from "@parley/protocol";
import type { Peer } from "../live/caller.ts";
import type { RawJson } from "./raw-json.ts";

/** One handler for each row of the table. Refusals are thrown as `ReplyError`; anything else thrown is INTERNAL. */
export type Handlers = {
  readonly [M in Method]: (peer: Peer, params: Params<M>) => Promise<Result<M> | RawJson>;
};
