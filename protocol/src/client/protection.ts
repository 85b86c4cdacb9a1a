import type { LinkOpen } from "./link.ts";
import type { Protection, Trust } from "./state.ts";

/** What an open link may be called, from what its own handshake proved and the URL that was dialled. */
export function protectionOf(open: LinkOpen, url: string, pinVerified: boolean): Protection {
  const tls = url.startsWith("wss:");
  const { identity } = open;
  if (identity === null) return tls ? { kind: "tls" } : { kind: "clearLoopback" };
  const { fingerprint: text, shortCode } = identity;
  return { kind: "sealed", tls, trust: trustOf(identity.relation, pinVerified), fingerprint: { text, shortCode } };
}

function trustOf(relation: NonNullable<LinkOpen["identity"]>["relation"], pinVerified: boolean): Trust {
  switch (relation) {
    case "first-use":
      return "firstUse";
    case "match":
      return "known";
    case "verified":
      return "verified";
    case "rotated":
      return pinVerified ? "verified" : "known";
  }
}
