import type { Pin } from "../secure/index.ts";
import { fingerprintOf } from "./fingerprint.ts";
import type { LinkEnd } from "./link-end.ts";
import type { Refusal, WaitReason } from "./state.ts";

export type LinkOutcome =
  | { readonly next: "wait"; readonly why: WaitReason }
  | { readonly next: "refuse"; readonly refusal: Refusal }
  | { readonly next: "signOut" };

/** What an ended link means. Only what the channel proved, or we found ourselves, stops the client from trying again. */
export function outcomeOf(end: LinkEnd, pin: Pin | null): LinkOutcome {
  if (end.badSelection) return { next: "refuse", refusal: { reason: "downgrade" } };
  if (end.by === "told" && end.reason === "session_revoked") return { next: "signOut" };
  if (end.by === "found") {
    if (end.reason === "identity_error") return { next: "refuse", refusal: identityRefusal(end, pin) };
    if (end.reason === "unsupported") return { next: "refuse", refusal: { reason: "unsupported" } };
  }
  return { next: "wait", why: waitReasonOf(end) };
}

function identityRefusal(end: LinkEnd, pin: Pin | null): Refusal {
  if (end.presented === null || pin === null) return { reason: "identityInvalid" };
  const { fingerprint: text, shortCode } = end.presented;
  return { reason: "identityMismatch", pinned: fingerprintOf(pin.fingerprint), presented: { text, shortCode } };
}

function waitReasonOf(end: LinkEnd): WaitReason {
  switch (end.reason) {
    case "restart":
      return "restart";
    case "rate_limited":
      return "rateLimited";
    case "unsupported":
      return "unsupported";
    case "idle":
    case "handshake_timeout":
      return "timeout";
    default:
      return end.by === "lost" && !end.wasOpen ? "unreachable" : "lost";
  }
}
