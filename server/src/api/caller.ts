import { ReplyError } from "@parley/protocol";
import type { Peer, Session } from "../live/caller.ts";

/** Who calls. Throws `NOT_SIGNED_IN`. */
export function sessionOf(peer: Peer): Session {
  if (peer.session === null) throw new ReplyError("NOT_SIGNED_IN");
  return peer.session;
}
