/**
 * Every limit of the wire, each with its reason. The server tells the ones that matter to a client in
 * `server.limits` at sign-in, so that no client has to guess.
 */

/** A handle without its tag: short enough for a row, long enough for a name. */
export const HANDLE_MIN = 3;
export const HANDLE_MAX = 32;
/** Handle plus `#` and up to six digits, before NFKC, which may shorten it. */
export const HANDLE_WIRE_MAX = 64;
/** Under 8 characters argon2id no longer helps; over 256 is no password but a denial of service. */
export const PASSWORD_MIN = 8;
export const PASSWORD_MAX = 256;
export const DISPLAY_NAME_MAX = 64;
export const DEVICE_NAME_MAX = 64;
export const GROUP_NAME_MAX = 100;
/** People named in one `chat.createGroup`; more are added by `member.add`. */
export const GROUP_CREATE_MAX = 200;
/** Members of a group: fan-out of a notice to all of them stays under 100 ms on the slowest store. */
export const GROUP_MEMBERS_MAX = 2_000;
/** Chats of one user: bounds the sign-in sync. */
export const CHATS_PER_USER_MAX = 5_000;
/** UTF-8 bytes of a text message: several pages of prose; anything longer is a file. */
export const TEXT_MAX_BYTES = 16_384;
export const MENTIONS_MAX = 100;
/** Messages in one page of history. */
export const HISTORY_PAGE_MAX = 200;
export const MEMBER_PAGE_MAX = 200;
/** JSON bytes of one reply: half of `max_message`, so that a page always fits with room for framing. */
export const REPLY_MAX_BYTES = 512 * 1024;
export const FIND_MAX = 20;
export const USERS_PER_GET = 100;
/** People whose presence one connection may follow: what a chat list shows. */
export const WATCH_MAX = 500;
/** Newest messages of a chat that `sync.pull` carries. */
export const SYNC_NEWEST_DEFAULT = 20;
export const SYNC_NEWEST_MAX = 50;
/** Chats named in one `sync.pull`. */
export const SYNC_HEADS_MAX = CHATS_PER_USER_MAX;
/** Unread messages are counted up to this; beyond, clients show "200+". */
export const UNREAD_COUNT_MAX = 200;
/** Age of a UUIDv7 clientId at which a resend can no longer be recognised (dedupe buckets live 30 days). */
export const CLIENT_ID_MAX_AGE_MS = 28 * 24 * 3600_000;
export const CLIENT_ID_MAX_AHEAD_MS = 24 * 3600_000;
/** Typing stops by itself after this; a client that goes on typing says so again before. */
export const TYPING_TTL_MS = 6_000;
/** Requests of one connection that may wait for their reply. */
export const REQUESTS_IN_FLIGHT_MAX = 64;
/** One reassembled application message (IMSC/1 READY `max_message`). */
export const MAX_MESSAGE_BYTES = 1024 * 1024;
