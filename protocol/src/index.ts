export { type CallFact, type CallRefusal, type CallState, foldCall, nextCall, refusalOf } from "./call-state.ts";
export {
  CLOSE_REASONS,
  type CloseReason,
  closeCode,
  REPLY_ERRORS,
  ReplyError,
  type ReplyErrorName,
} from "./errors.ts";
export { EVENTS, type EventData, type EventName, isEvent } from "./events.ts";
export {
  decodeFrame,
  encodeError,
  encodeEvent,
  encodeRequest,
  encodeResult,
  errorObject,
  type Frame,
  peekRequest,
} from "./frame.ts";
export { canonicalHandle } from "./handle.ts";
export { BlobHash, ChatId, ClientId, DeviceId, FileId, Pos, UserId } from "./ids.ts";
export * as limits from "./limits.ts";
export type { Clock, Random } from "./platform.ts";
export { BEFORE_SIGN_IN, isMethod, type Method, type Params, REQUESTS, type Result } from "./requests.ts";
export type { Device, Limits, Privacy, ServerInfo, WhoMayWrite, WhoSeesPresence } from "./schema/account.ts";
export type {
  Call,
  CallBody,
  CallId,
  CallInvited,
  CallOutcome,
  CallParticipant,
  CallSignalled,
  CallStream,
  IceServers,
  ParticipantId,
  Signal,
  StreamId,
} from "./schema/call.ts";
export type {
  Chat,
  ChatLink,
  ChatPreview,
  ChatSettings,
  Invitation,
  JoinPolicy,
  JoinRequest,
  Member,
  Role,
} from "./schema/chat.ts";
export { DEFAULT_CHAT_SETTINGS } from "./schema/chat.ts";
export type { FileBody, FileKind, FilePart, NewFile, PartUpload, SealedFile, Upload } from "./schema/file.ts";
export type { CodePurpose, ServerInvite } from "./schema/mail.ts";
export type {
  ContactBody,
  ContentKind,
  ForwardBody,
  ForwardItem,
  LocationBody,
  Message,
  NewContent,
  PollBody,
  PollState,
  Reaction,
  ScheduledMessage,
  Star,
  SystemBody,
  TextBody,
} from "./schema/message.ts";
export type { Contact, ContactRequest, Presence, Profile, UserCard } from "./schema/people.ts";
export type { ChatPrefs, Draft, Setting } from "./schema/settings.ts";
export type { ChatState, Notice } from "./schema/sync.ts";
export { PROTOCOL_VERSION } from "./version.ts";
