import type { CloseReason } from "../errors.ts";
import type { Clock, Random } from "../platform.ts";
import type { ClientCrypto, EphemeralShare } from "./crypto.ts";
import type { Pin, PresentedIdentity } from "./pin.ts";
import type { Ready } from "./ready.ts";
import type { StoredTicket } from "./stored-ticket.ts";

export interface ClientChannelOptions {
  readonly crypto: ClientCrypto;
  readonly random: Random;
  readonly clock: Clock;
  /** What was dialled: `tls` for wss. */
  readonly transport: "plain" | "tls";
  /** Fresh, never used before; the channel erases it. */
  readonly share: EphemeralShare;
  readonly pin: Pin | null;
  /** Left out of the hello unless its fingerprint is that of the pin and it has not expired. */
  readonly ticket: StoredTicket | null;
  /** ASCII, at most 64 characters, such as `web/1.2.0`. */
  readonly clientInfo: string;
  /** Bytes of one reassembled message that this client accepts. */
  readonly maxMessage: number;
}

export type ClientChannelEvent =
  /** `binding` is for SCRAM (32 zero bytes in clear mode); `identity` is null in clear mode. */
  | {
      readonly type: "open";
      readonly binding: Uint8Array;
      readonly ready: Ready;
      readonly identity: PresentedIdentity | null;
    }
  /** One reassembled APP_TEXT: NDJSON. */
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "binary"; readonly bytes: Uint8Array }
  | { readonly type: "ticket"; readonly ticket: StoredTicket }
  /** An authenticated frame came. */
  | { readonly type: "alive" }
  /** The peer's CLOSE_NOTIFY; the stream is complete up to here. */
  | { readonly type: "closing"; readonly code: number; readonly reason: string }
  /** Our own `close` has been written: close the socket with this reason now. */
  | { readonly type: "closed"; readonly reason: CloseReason; readonly detail: string }
  /** Close the socket with this reason now. `presented` is set when a proven identity did not match the pin. */
  | {
      readonly type: "failed";
      readonly reason: CloseReason;
      readonly detail: string;
      readonly presented?: { readonly fingerprint: string; readonly shortCode: string };
    };

export interface ClientChannelOut {
  send(frame: Uint8Array): void;
  event(event: ClientChannelEvent): void;
}

/** What `ClientChannel` and `ClearClientChannel` have in common; the client library sees only this. */
export interface ClientSide {
  start(): void;
  receive(frame: Uint8Array): void;
  /** False when the channel is not open or its queue is full; nothing was queued then. `padTo` hides the length. */
  sendText(text: string, padTo?: number): boolean;
  sendBinary(bytes: Uint8Array): boolean;
  ping(): void;
  close(reason: CloseReason, detail?: string): void;
}

export declare class ClientChannel implements ClientSide {
  constructor(options: ClientChannelOptions, out: ClientChannelOut);
  start(): void;
  receive(frame: Uint8Array): void;
  sendText(text: string, padTo?: number): boolean;
  sendBinary(bytes: Uint8Array): boolean;
  ping(): void;
  close(reason: CloseReason, detail?: string): void;
}
