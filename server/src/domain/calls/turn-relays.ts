import { limits } from "@parley/protocol";
import { iceServers, turnCredentials } from "@parley/turn";
import type { Relays } from "./ice.ts";

/** Relays that share a secret with this server, as coturn's `use-auth-secret`. Throws a SyntaxError for what is no URL of one. */
export function turnRelays(urls: readonly string[], secret: string): Relays {
  const credentialsFor = (userId: string, nowMs: number) =>
    turnCredentials({ secret, userId, nowMs, ttlSeconds: limits.CALL_ICE_MS / 1000 });
  // A wrong URL is found here and not in somebody's call.
  iceServers(urls, credentialsFor("somebody", 0));
  return (userId, nowMs) => {
    const credentials = credentialsFor(userId, nowMs);
    const servers = iceServers(urls, credentials).map((server) => ({ ...server, urls: [...server.urls] }));
    return { servers, expiresAt: credentials.expiresAt };
  };
}
