import { BEFORE_SIGN_IN, type Method, ReplyError } from "@parley/protocol";
import type { Peer } from "../live/caller.ts";

/** Methods that make a session: of no use, and so refused, on a connection that has one. */
function makesSession(method: Method): boolean {
  return method.startsWith("auth.") && method !== "auth.requestCode" && BEFORE_SIGN_IN.has(method);
}

/** Throws what a caller in this state may not do, before its params are looked at. */
export function guard(peer: Pick<Peer, "session">, method: Method): void {
  if (peer.session === null) {
    if (!BEFORE_SIGN_IN.has(method)) throw new ReplyError("NOT_SIGNED_IN");
  } else if (makesSession(method)) {
    throw new ReplyError("ALREADY_SIGNED_IN");
  }
}
