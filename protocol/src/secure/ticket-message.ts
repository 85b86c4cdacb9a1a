import { concat, u8, u32, v16 } from "./bytes.ts";
import { Reader } from "./reader.ts";
import { TICKET_NONCE_BYTES } from "./ticket.ts";

/** Body of a TICKET record. */
export interface TicketMessage {
  readonly lifetimeSeconds: number;
  readonly pskOnly: boolean;
  readonly sessionBound: boolean;
  readonly nonce: Uint8Array;
  readonly ticket: Uint8Array;
}

const FLAG_PSK_ONLY = 1;
const FLAG_SESSION_BOUND = 2;

export function encodeTicketMessage(message: TicketMessage): Uint8Array {
  const flags = (message.pskOnly ? FLAG_PSK_ONLY : 0) | (message.sessionBound ? FLAG_SESSION_BOUND : 0);
  return concat(u32(message.lifetimeSeconds), u8(flags), message.nonce, v16(message.ticket));
}

/** Throws `bad_frame`. */
export function decodeTicketMessage(body: Uint8Array): TicketMessage {
  const reader = new Reader(body);
  const lifetimeSeconds = reader.u32();
  const flags = reader.u8();
  const nonce = reader.take(TICKET_NONCE_BYTES);
  const ticket = reader.v16();
  reader.end();
  return {
    lifetimeSeconds,
    pskOnly: (flags & FLAG_PSK_ONLY) !== 0,
    sessionBound: (flags & FLAG_SESSION_BOUND) !== 0,
    nonce,
    ticket,
  };
}
