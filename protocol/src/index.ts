export {
  CLOSE_REASONS,
  type CloseReason,
  closeCode,
  REPLY_ERRORS,
  ReplyError,
  type ReplyErrorName,
} from "./errors.ts";
export { EVENTS, type EventData, type EventName, isEvent } from "./events.ts";
export { decodeFrame, encodeError, encodeEvent, encodeRequest, encodeResult, type Frame } from "./frame.ts";
export { canonicalHandle } from "./handle.ts";
export { ChatId, ClientId, DeviceId, Pos, UserId } from "./ids.ts";
export * as limits from "./limits.ts";
export type { Clock, Random } from "./platform.ts";
export { BEFORE_SIGN_IN, isMethod, type Method, type Params, REQUESTS, type Result } from "./requests.ts";
export type { Device, Limits, ServerInfo } from "./schema/account.ts";
export type { Chat, Member, Role } from "./schema/chat.ts";
export type { Message, SystemBody, TextBody } from "./schema/message.ts";
export type { Presence, UserCard } from "./schema/people.ts";
export type { ChatState, Notice } from "./schema/sync.ts";
export { PROTOCOL_VERSION } from "./version.ts";
