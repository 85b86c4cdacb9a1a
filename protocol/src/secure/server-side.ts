import type { CloseReason } from "../errors.ts";
import type { Transport } from "./client-hello.ts";
import type { TicketClaims } from "./ticket.ts";

export type ServerChannelEvent =
  /** The client proved that it shares our keys. `claims` is the session of its ticket, which is signed in. */
  | {
      readonly type: "open";
      readonly binding: Uint8Array;
      readonly claims: TicketClaims | null;
      /** What the client says it dialled; `tls` on a plain socket means that an untrusted hop stripped TLS. */
      readonly transport: Transport;
      readonly clientInfo: string | null;
    }
  /** One reassembled APP_TEXT: NDJSON. */
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "binary"; readonly bytes: Uint8Array }
  /** The peer's CLOSE_NOTIFY. */
  | { readonly type: "closing"; readonly code: number; readonly reason: string }
  /** Our own `close` has been written: close the socket with this reason now. */
  | { readonly type: "closed"; readonly reason: CloseReason; readonly detail: string }
  /** Close the socket with this reason now. `detail` is for the log, never for the wire. */
  | {
      readonly type: "failed";
      readonly reason: CloseReason;
      readonly detail: string;
      /** With `rate_limited`: what `admitFull` said. */
      readonly retryAfterMs?: number;
    };

export interface ServerChannelOut {
  send(frame: Uint8Array): void;
  event(event: ServerChannelEvent): void;
  /** Is the ticket's session still good? Asked after its seal and binder verified, before any asymmetric work. */
  checkTicket(claims: TicketClaims): Promise<boolean>;
  /** May a full handshake be paid for now? 0 is yes, else the milliseconds to wait. */
  admitFull(): number;
}

/** What `ServerChannel` and `ClearServerChannel` have in common; the gateway sees only this. */
export interface ServerSide {
  /** Call once, when the socket is there. */
  start(): void;
  receive(frame: Uint8Array): void;
  /**
   * Joins NDJSON lines (each without its newline) into as few records as fit. `padTo` pads each record to a multiple
   * of so many bytes, which hides the length; 0 does not. Without effect on a channel that is not open.
   */
  sendLines(lines: readonly Uint8Array[], padTo?: number): void;
  sendBinary(bytes: Uint8Array): void;
  /** No-op in clear mode. `pskOnly` tickets live 24 h, others 7 days. */
  sendTicket(claims: TicketClaims, options?: { readonly pskOnly?: boolean }): void;
  /** Lifts the limits on what a stranger may send. A resumed session is signed in from `open` on. */
  signedIn(): void;
  ping(): void;
  /** `detail` travels to the client. */
  close(reason: CloseReason, detail?: string): void;
  /** The socket is gone: forgets keys and timers; neither frames nor events follow. */
  dispose(): void;
}
