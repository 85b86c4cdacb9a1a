import type { CloseReason } from "../errors.ts";
import type { Clock } from "../platform.ts";
import type { ClientChannelOut, ClientSide } from "./client-channel.ts";
import type { ServerChannelOut, ServerChannelSettings, ServerSide } from "./server-channel.ts";
import type { TicketClaims } from "./ticket.ts";

export declare class ClearClientChannel implements ClientSide {
  constructor(options: { readonly clock: Clock; readonly maxMessage: number }, out: ClientChannelOut);
  start(): void;
  receive(frame: Uint8Array): void;
  sendText(text: string, padTo?: number): boolean;
  sendBinary(bytes: Uint8Array): boolean;
  ping(): void;
  close(reason: CloseReason, detail?: string): void;
}

export declare class ClearServerChannel implements ServerSide {
  constructor(
    settings: Pick<ServerChannelSettings, "clock" | "random" | "maxMessage" | "ready">,
    out: Pick<ServerChannelOut, "send" | "event">,
  );
  start(): void;
  receive(frame: Uint8Array): void;
  sendLines(lines: readonly Uint8Array[], padTo?: number): void;
  sendBinary(bytes: Uint8Array): void;
  sendTicket(claims: TicketClaims, options?: { readonly pskOnly?: boolean }): void;
  signedIn(): void;
  ping(): void;
  close(reason: CloseReason, detail?: string): void;
}
