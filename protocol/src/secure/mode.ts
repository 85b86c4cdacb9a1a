import type { Pin } from "./pin.ts";

export const SUBPROTOCOL_SEALED = "imsc.v1";
export const SUBPROTOCOL_CLEAR = "imsc-clear.v1";
export type Subprotocol = typeof SUBPROTOCOL_SEALED | typeof SUBPROTOCOL_CLEAR;

export interface ClientModeSetting {
  /** `always` seals under TLS too. */
  readonly imsc: "auto" | "always";
  /** Both sides in development on one machine: allows clear mode over ws to a loopback address. */
  readonly dev: boolean;
}

export type Offer =
  | { readonly subprotocols: readonly Subprotocol[] }
  | { readonly refused: "tls_required" | "bad_url" };

/** What a client offers; decided from its own URL and pin alone, never from what a server says in the clear (SPEC M1..). */
export declare function chooseSubprotocols(url: string, setting: ClientModeSetting, pin: Pin | null): Offer;

/** Did the server select something that was offered? Anything else, or nothing, closes the connection. */
export declare function acceptsSelection(offered: readonly Subprotocol[], selected: string): selected is Subprotocol;

export interface ServerModeSetting {
  readonly imsc: "auto" | "always" | "off";
  readonly plaintextWs: "never" | "loopback";
}

/** What a server selects; `null` answers HTTP 426. */
export declare function selectSubprotocol(
  offered: readonly string[],
  setting: ServerModeSetting,
  socket: { readonly tls: boolean; readonly loopback: boolean },
): Subprotocol | null;
