/** One binary WebSocket, as the client needs it. Browsers and Node each hand in a few lines that make one. */
export interface ClientSocket {
  send(bytes: Uint8Array): void;
  /** `code` 1000 or 4000..4999. `SocketEvents.closed` follows, unless it was already told. */
  close(code: number, reason: string): void;
}

/** What a socket tells; each call in its own order, never from inside `OpenSocket` itself. */
export interface SocketEvents {
  /** The upgrade is done; `protocol` is the subprotocol that the server selected, "" for none. */
  opened(protocol: string): void;
  /** A binary message; null for a text message, which is a protocol violation. */
  received(bytes: Uint8Array | null): void;
  /** Exactly once, also when the socket never opened (code 1006). */
  closed(code: number, reason: string): void;
}

/** Opens a WebSocket without `permessage-deflate` where the platform lets one choose. */
export type OpenSocket = (url: string, protocols: readonly string[], events: SocketEvents) => ClientSocket;
