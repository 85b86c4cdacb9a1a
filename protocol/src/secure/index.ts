export { concat, equalBytes, fromBase64Url, toBase64Url, toHex } from "./bytes.ts";
export { ChannelError } from "./channel-error.ts";
export { ClearClientChannel, ClearServerChannel } from "./clear-channel.ts";
export { ClientChannel, type ClientChannelOptions } from "./client-channel.ts";
export type { ClientChannelEvent, ClientChannelOut, ClientSide } from "./client-side.ts";
export type { Awaitable, ClientCrypto, EphemeralShare, Hashing, ServerCrypto, SigningKey } from "./crypto.ts";
export { type FileHashes, pureFileHashes, type RunningHash } from "./file-hashes.ts";
export { fingerprint, fingerprintText, parseFingerprint, shortCode } from "./identity.ts";
export { KEM_NAMES, type KemName } from "./kem.ts";
export {
  acceptsSelection,
  type ClientModeSetting,
  chooseSubprotocols,
  modeLeavesOpen,
  type Offer,
  type ServerModeSetting,
  SUBPROTOCOL_CLEAR,
  SUBPROTOCOL_SEALED,
  type Subprotocol,
  selectSubprotocol,
} from "./mode.ts";
export type { IdentityCode, Pin, PresentedIdentity } from "./pin.ts";
export { HEARTBEAT_SECONDS, IDLE_TIMEOUT_SECONDS, type Ready, type ReadySettings } from "./ready.ts";
export { makeRotation, rotationLeads } from "./rotation.ts";
export {
  acceptableScramCost,
  SCRAM_COST_MIN,
  SCRAM_NONCE_BYTES,
  SCRAM_SALT_BYTES,
  type ScramCost,
  type ScramExchange,
  type ScramKeys,
  type ScramProof,
  scramFakeSalt,
  scramKeys,
  scramPassword,
  scramProve,
  scramVerify,
} from "./scram.ts";
export {
  CHUNK_BYTES,
  type Chunk,
  chunkAt,
  chunkCount,
  chunkOf,
  chunkOfSealed,
  openChunk,
  SEALED_CHUNK_BYTES,
  SEALED_KEY_BYTES,
  sealChunk,
  sealedSize,
} from "./sealed-file.ts";
export { ServerChannel, type ServerChannelSettings } from "./server-channel.ts";
export type { ServerChannelEvent, ServerChannelOut, ServerSide } from "./server-side.ts";
export type { StoredTicket } from "./stored-ticket.ts";
export type { TicketClaims, TicketKey, TicketKeys } from "./ticket.ts";
export { RECORD_MAX_BYTES } from "./wire.ts";
