export { ChannelError } from "./channel-error.ts";
export { ClearClientChannel, ClearServerChannel } from "./clear-channel.ts";
export {
  ClientChannel,
  type ClientChannelEvent,
  type ClientChannelOptions,
  type ClientChannelOut,
  type ClientSide,
} from "./client-channel.ts";
export type { Awaitable, ClientCrypto, EphemeralShare, Hashing, ServerCrypto, SigningKey } from "./crypto.ts";
export { KEM_NAMES, type KemName } from "./kem.ts";
export {
  acceptsSelection,
  type ClientModeSetting,
  chooseSubprotocols,
  type Offer,
  type ServerModeSetting,
  SUBPROTOCOL_CLEAR,
  SUBPROTOCOL_SEALED,
  type Subprotocol,
  selectSubprotocol,
} from "./mode.ts";
export type { Pin, PresentedIdentity } from "./pin.ts";
export type { Ready } from "./ready.ts";
export {
  ServerChannel,
  type ServerChannelEvent,
  type ServerChannelOut,
  type ServerChannelSettings,
  type ServerSide,
} from "./server-channel.ts";
export type { StoredTicket } from "./stored-ticket.ts";
export type { TicketClaims, TicketKey, TicketKeys } from "./ticket.ts";
