import type { CloseReason, DeviceId, UserId } from "@parley/protocol";

/** A device's credential while it is used by a connection. */
export interface Session {
  readonly userId: UserId;
  readonly deviceId: DeviceId;
  /** Hash of the token: the name of the session in the store and in tickets. */
  readonly sessionId: string;
}

/** An event that was encoded once, for everybody who gets it. */
export interface EncodedEvent {
  /** One NDJSON line without its newline. */
  readonly line: Uint8Array;
  /** The chat to name in `sync.behind` when this push is dropped. */
  readonly chatId: string | null;
}

/** What meaning may ask of a connection. All of it is told, never awaited; the actor of the connection implements it. */
export interface Peer {
  /** Unique in this process. */
  readonly id: number;
  /** Where limits are counted: address of the client, /64 for IPv6. */
  readonly address: string;
  /** Host and port by which the client reaches this server, in lower case; empty when it said nothing usable. */
  readonly host: string;
  /** The transport is TLS. */
  readonly secure: boolean;
  /** 32 bytes that name this channel (SPEC K7); zeros in clear mode. */
  readonly channelBinding: Uint8Array;
  /** Null before sign-in. Set by `auth.*` through `signIn`. */
  readonly session: Session | null;
  /** The session is proved: the actor lifts the pre-sign-in limits and issues tickets. */
  signIn(session: Session): void;
  /** Dropped, with a `sync.behind` later, when the connection is too slow. */
  push(event: EncodedEvent): void;
  /** Sends what is queued, then closes. */
  close(reason: CloseReason, detail?: string): void;
}
