/** How far two participants are, for people. Only `connected` has no end by itself: after BLOCKED_MS everything else is `blocked`. */
export type LinkState =
  | { readonly name: "connecting" }
  | { readonly name: "connected"; readonly path: "direct" | "relayed" | null }
  /** It was connected; what was heard last is some seconds ago. */
  | { readonly name: "reconnecting" }
  /** It goes on trying all the same. */
  | { readonly name: "blocked"; readonly why: BlockedWhy };

export type BlockedWhy =
  /** There is no direct way, or it must not be used, and the server has no relay. */
  | "noRelay"
  /** There is one, but it does not answer or lets nobody in. */
  | "relayUnreachable"
  /** Nothing comes from the other side. */
  | "otherSide";

/** Nobody looks at an endless spinner. */
export const BLOCKED_MS = 15_000;
