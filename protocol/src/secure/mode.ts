import type { Pin } from "./pin.ts";

/** Whether a connection is sealed by IMSC, and who decides it (SPEC M1..). */
export const SUBPROTOCOL_SEALED = "imsc.v1";
export const SUBPROTOCOL_CLEAR = "imsc-clear.v1";
export type Subprotocol = typeof SUBPROTOCOL_SEALED | typeof SUBPROTOCOL_CLEAR;

export interface ClientModeSetting {
  /** `always` seals under TLS too. */
  readonly imsc: "auto" | "always";
  /** Client and server in development on one machine: allows clear mode over ws to a loopback address. */
  readonly dev: boolean;
}

export type Offer =
  | { readonly subprotocols: readonly Subprotocol[] }
  | { readonly refused: "tls_required" | "bad_url" };

const SEALED_ONLY: Offer = { subprotocols: [SUBPROTOCOL_SEALED] };
const EITHER: Offer = { subprotocols: [SUBPROTOCOL_CLEAR, SUBPROTOCOL_SEALED] };

/** What a client offers; decided from its own URL and pin alone, never from what a server says in the clear. */
export function chooseSubprotocols(url: string, setting: ClientModeSetting, pin: Pin | null): Offer {
  const dialled = parseUrl(url);
  if (!dialled) return { refused: "bad_url" };
  if (!dialled.tls && pin?.tlsSeen) return { refused: "tls_required" };
  if (setting.imsc === "always" || pin?.requireImsc) return SEALED_ONLY;
  if (dialled.tls) return EITHER;
  return dialled.loopback && setting.dev ? EITHER : SEALED_ONLY;
}

/** Did the server select something that was offered? Anything else, or nothing, closes the connection. */
export function acceptsSelection(offered: readonly Subprotocol[], selected: string): selected is Subprotocol {
  return offered.some((subprotocol) => subprotocol === selected);
}

export interface ServerModeSetting {
  /** `always`: what terminates TLS is not trusted. `off`: TLS alone. */
  readonly imsc: "auto" | "always" | "off";
  readonly plaintextWs: "never" | "loopback";
}

/** What the server knows of a socket itself, or from a proxy that it was told to trust. */
export interface SocketFacts {
  readonly tls: boolean;
  readonly loopback: boolean;
}

/** What a server selects; `null` answers HTTP 426. */
export function selectSubprotocol(
  offered: readonly string[],
  setting: ServerModeSetting,
  socket: SocketFacts,
): Subprotocol | null {
  if (mayBeClear(setting, socket) && offered.includes(SUBPROTOCOL_CLEAR)) return SUBPROTOCOL_CLEAR;
  if (setting.imsc !== "off" && offered.includes(SUBPROTOCOL_SEALED)) return SUBPROTOCOL_SEALED;
  return null;
}

function mayBeClear(setting: ServerModeSetting, socket: SocketFacts): boolean {
  if (setting.imsc === "always") return false;
  return socket.tls || (socket.loopback && setting.plaintextWs === "loopback");
}

/** `imsc: off` on a listener that others reach without TLS would protect nothing: the server refuses to start. */
export function modeLeavesOpen(setting: ServerModeSetting, listeners: readonly SocketFacts[]): boolean {
  return setting.imsc === "off" && listeners.some(({ tls, loopback }) => !tls && !loopback);
}

function parseUrl(url: string): SocketFacts | null {
  let parsed: URL;
  try {
    parsed = new URL(url);
  } catch {
    return null;
  }
  if (parsed.protocol !== "ws:" && parsed.protocol !== "wss:") return null;
  return { tls: parsed.protocol === "wss:", loopback: isLoopback(parsed.hostname) };
}

/** The URL parser has made 127.1 and 0x7f000001 into dotted form already. */
function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(hostname);
}
