/**
 * The two tables of what can go wrong: reply errors, after which the connection lives on, and close
 * reasons, after which it is gone. Each says whether trying again makes sense.
 */

/** name -> [JSON-RPC code, may the same request succeed later, what to tell a developer]. Names and codes are stable. */
export const REPLY_ERRORS = {
  PARSE_ERROR: [-32700, false, "The frame is not JSON."],
  INVALID_REQUEST: [-32600, false, "The frame is not a JSON-RPC 2.0 request."],
  METHOD_NOT_FOUND: [-32601, false, "There is no such method."],
  INVALID_PARAMS: [-32602, false, "The params do not match the schema of the method."],
  INTERNAL: [-32603, true, "The server failed; the same request may succeed later."],
  CHAT_NOT_FOUND: [-32001, false, "There is no such chat for you."],
  NOT_MEMBER: [-32002, false, "You are no longer a member of this chat."],
  NOT_SIGNED_IN: [-32003, false, "Sign in first."],
  ALREADY_SIGNED_IN: [-32004, false, "This connection is signed in; open another one."],
  FORBIDDEN: [-32005, false, "Your role does not allow this."],
  RATE_LIMITED: [-32006, true, "Too many requests; wait for retryAfterMs."],
  OVERLOADED: [-32007, true, "The server is busy; wait for retryAfterMs."],
  NOT_FOUND: [-32008, false, "There is no such person or device."],
  NEEDS_CONNECTION: [-32009, false, "This method belongs to a connection; call it over the WebSocket."],
  HANDLE_INVALID: [-32010, false, "A handle is 3 to 32 letters and digits of one script, with _ . - inside."],
  HANDLE_TAKEN: [-32011, false, "This handle is taken."],
  PASSWORD_WEAK: [-32012, false, "The password is too short, too long or too common."],
  CREDENTIALS_INVALID: [-32013, false, "Handle or password is wrong."],
  SESSION_INVALID: [-32014, false, "The session has ended; sign in again."],
  REGISTRATION_CLOSED: [-32015, false, "This server takes no new accounts."],
  SCRAM_NOT_STARTED: [-32016, false, "Call auth.scramStart on this connection first."],
  CLIENT_ID_EXPIRED: [
    -32020,
    false,
    "The clientId is too old or lies in the future; look for the message in the history.",
  ],
  CLIENT_ID_REUSED: [-32021, false, "Another message of yours in this chat, or another file, has this clientId."],
  TEXT_EMPTY: [-32022, false, "A text needs at least one visible character."],
  TEXT_TOO_LONG: [-32023, false, "The text is longer than limits.textBytes."],
  SEQ_OUT_OF_RANGE: [-32024, false, "The chat has no such seq."],
  REPLY_TOO_LARGE: [-32025, false, "The reply would not fit; ask for less."],
  ALREADY_MEMBER: [-32030, false, "This person is a member already."],
  GROUP_FULL: [-32031, false, "The group has reached limits.groupMembers."],
  CHATS_FULL: [-32032, false, "The person has reached limits.chatsPerUser."],
  OWNER_MUST_TRANSFER: [-32033, false, "The owner cannot leave while others are members."],
  NOT_A_GROUP: [-32034, false, "Only groups have this."],
  SELF_NOT_ALLOWED: [-32035, false, "This cannot be done to oneself."],
  LIMIT_REACHED: [-32036, false, "There are as many of these as one may have; remove one first."],
  CONFLICT: [-32037, true, "Somebody else changed this at the same moment; look again."],
  EMAIL_INVALID: [-32040, false, "This is no e-mail address."],
  EMAIL_TAKEN: [-32041, false, "This e-mail address belongs to another account."],
  EMAIL_REQUIRED: [-32042, false, "This server asks for a verified e-mail address."],
  MAIL_UNAVAILABLE: [-32043, false, "This server sends no mail."],
  CODE_INVALID: [-32044, false, "The code is wrong, used or expired; ask for a new one."],
  INVITE_REQUIRED: [-32045, false, "An account here needs an invite."],
  INVITE_INVALID: [-32046, false, "The invite is unknown, used up or expired."],
  SIGNED_IN_ELSEWHERE: [-32047, false, "The account is in use on another device, and this server allows one only."],
  OWNS_GROUPS: [-32048, false, "Transfer or delete the groups that you own first."],
  ACCOUNT_DISABLED: [-32049, false, "The operator of this server has disabled the account."],
  AVATAR_INVALID: [-32050, false, "An avatar is a WebP picture of at most limits.avatarBytes."],
  WRITE_REFUSED: [-32051, false, "This person does not take messages from you."],
  YOU_BLOCKED: [-32052, false, "You have blocked this person."],
  REQUEST_REFUSED: [-32053, false, "This person takes no contact requests from you now."],
  MEMBER_MUTED: [-32060, false, "An admin has muted you in this chat."],
  SLOW_MODE: [-32061, true, "This chat is in slow mode; wait for retryAfterMs."],
  ADMINS_ONLY: [-32062, false, "Only admins write in this chat."],
  LINK_INVALID: [-32063, false, "The invite link is unknown, revoked, used up or expired."],
  JOIN_CLOSED: [-32064, false, "This chat cannot be joined in this way."],
  MESSAGE_RETRACTED: [-32070, false, "The message is gone."],
  TOO_LATE: [-32071, false, "The time in which this was possible is over."],
  NOT_EDITABLE: [-32072, false, "Messages of this kind cannot be changed so."],
  POLL_CLOSED: [-32073, false, "The poll is closed."],
  SCHEDULE_INVALID: [-32074, false, "The time lies in the past or too far ahead."],
  FILE_NOT_FOUND: [-32080, false, "There is no such file for you."],
  FILE_TOO_LARGE: [-32081, false, "The file is larger than this server takes; see file.quota."],
  QUOTA_EXCEEDED: [-32082, false, "There is no room left for this file; see file.quota."],
  FILE_NAME_INVALID: [-32083, false, "A name of a file has no slashes, control or direction characters."],
  FILE_PARTS_INVALID: [
    -32084,
    false,
    "Parts are numbered from 1 without gaps, are large enough and add up to the size.",
  ],
  FILE_NOT_UPLOADED: [-32085, false, "Not all of the file has arrived at the store; see file.parts."],
  FILE_SIZE_WRONG: [-32086, false, "The store holds another number of bytes; they were deleted."],
  FILE_HASH_WRONG: [-32087, false, "The store holds other bytes; they were deleted."],
  FILE_TYPE_WRONG: [-32088, false, "The bytes are not of the declared type; they were deleted."],
  FILE_NOT_READY: [-32089, false, "Complete the upload of the file first."],
  FILES_UNAVAILABLE: [-32090, true, "The object store does not answer; wait for retryAfterMs."],
  FILE_EXPIRED: [-32092, false, "Files are not kept for so long here; the message has lost its file."],
  FILE_CHECKING: [-32091, true, "The bytes are still being compared; ask again after retryAfterMs."],
  STORE_FULL: [-32093, false, "The server's own object store has no room on its disk for this file."],
  CALL_NOT_FOUND: [-32100, false, "There is no such call for you."],
  CALL_OVER: [-32101, false, "The call has ended."],
  CALL_FULL: [-32102, false, "The call has reached limits.callParticipants."],
  CALL_ANSWERED_ELSEWHERE: [-32103, false, "Another device of yours is in this call."],
  CALL_REFUSED: [-32104, false, "This person takes no calls from you."],
  NOT_IN_CALL: [-32105, false, "This participant is not in the call."],
  NOT_FORWARDABLE: [-32075, false, "This message cannot be forwarded."],
} as const satisfies Record<string, readonly [code: number, retry: boolean, hint: string]>;

export type ReplyErrorName = keyof typeof REPLY_ERRORS;

/** A refused request. `name` is stable; `message` is for developers, never shown to people. */
export class ReplyError extends Error {
  override readonly name: ReplyErrorName;
  readonly code: number;
  readonly retry: boolean;
  /** How long to wait before trying again; 0 when the code says not to. */
  readonly retryAfterMs: number;

  constructor(name: ReplyErrorName, options: { message?: string; retryAfterMs?: number } = {}) {
    const [code, retry, hint] = REPLY_ERRORS[name];
    super(options.message ?? hint);
    this.name = name;
    this.code = code;
    this.retry = retry;
    this.retryAfterMs = options.retryAfterMs ?? 0;
  }
}

/** name -> [WebSocket close code (RFC 6455 section 7.4.2), may a client reconnect by itself]. */
export const CLOSE_REASONS = {
  normal: [1000, false],
  bad_frame: [4100, true],
  decrypt_failed: [4101, true],
  handshake_timeout: [4102, true],
  auth_timeout: [4103, true],
  idle: [4104, true],
  unsupported: [4106, false],
  protocol_violation: [4109, true],
  too_big: [4113, true],
  slow_consumer: [4114, true],
  key_limit: [4116, true],
  bad_finished: [4118, true],
  tls_required: [4126, false],
  rate_limited: [4129, true],
  psk_rejected: [4131, true],
  identity_error: [4141, false],
  session_revoked: [4143, false],
  restart: [4150, true],
} as const satisfies Record<string, readonly [code: number, reconnect: boolean]>;

export type CloseReason = keyof typeof CLOSE_REASONS;

export function closeCode(reason: CloseReason): number {
  return CLOSE_REASONS[reason][0];
}
