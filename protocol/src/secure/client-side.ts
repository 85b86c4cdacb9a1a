import type { CloseReason } from "../errors.ts";
import type { IdentityCode, PresentedIdentity } from "./pin.ts";
import type { Ready } from "./ready.ts";
import type { StoredTicket } from "./stored-ticket.ts";

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
  /** The server's CLOSE_NOTIFY; the stream is complete up to here. */
  | { readonly type: "closing"; readonly code: number; readonly reason: string }
  /** Our own `close` has been written: close the socket with this reason now. */
  | { readonly type: "closed"; readonly reason: CloseReason; readonly detail: string }
  /** Close the socket with this reason now. `presented` is set when a proven identity did not match the pin. */
  | {
      readonly type: "failed";
      readonly reason: CloseReason;
      readonly detail: string;
      readonly presented?: IdentityCode;
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
  /** `detail` travels to the server. */
  close(reason: CloseReason, detail?: string): void;
  /** The socket is gone: forgets keys and timers; neither frames nor events follow. */
  dispose(): void;
}
