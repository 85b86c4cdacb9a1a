import { createHash } from "node:crypto";

/**
 * Every key of the store. Braces are hash tags (Redis Cluster hashes only what they enclose): one user and one chat each lie on
 * one slot. Ids are base32 already; text that people chose is put into base32, since Pika cannot have NUL in a key.
 */

const BASE32 = "abcdefghijklmnopqrstuvwxyz234567";

/** RFC 4648 base32 of the text's UTF-8, lower case, no padding. */
export function base32(text: string): string {
  let out = "";
  let bits = 0;
  let value = 0;
  for (const byte of Buffer.from(text)) {
    value = ((value << 8) | byte) & 0xfff;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      out += BASE32[(value >> bits) & 31];
    }
  }
  return bits > 0 ? out + BASE32[(value << (5 - bits)) & 31] : out;
}

/** Longer than any handle that can be registered: 32 letters of two UTF-16 units, and a tag. */
const HANDLE_UNITS_MAX = 80;

/** NFKC makes 18 letters of one, and a store takes no key of any length; what is cut here nobody has registered. */
const handlePart = (handle: string) => base32(handle.slice(0, HANDLE_UNITS_MAX));

/** Profile, verifier, state, `authGen`. */
export const userKey = (uid: string) => `u:{${uid}}`;
/** Device id -> device, `device id:seen` -> when it was last used. */
export const userDevices = (uid: string) => `u:{${uid}}:devices`;
/** Synced between the devices of one person; see records/versioned.ts. */
export const userSettings = (uid: string) => `u:{${uid}}:settings`;
export const userPrefs = (uid: string) => `u:{${uid}}:prefs`;
export const userDrafts = (uid: string) => `u:{${uid}}:drafts`;
export const userStars = (uid: string) => `u:{${uid}}:stars`;
export const userScheduled = (uid: string) => `u:{${uid}}:scheduled`;
/** `client id#version` -> who may decide about that version of a scheduled message; see domain/messages/scheduling.ts. */
export const userScheduleClaims = (uid: string) => `u:{${uid}}:claims`;
/** Chat id -> how many of its messages the user has hidden. */
export const userHidden = (uid: string) => `u:{${uid}}:hidden`;
/** Seqs that the user has hidden in one chat. */
export const userHiddenIn = (uid: string, cid: string) => `u:{${uid}}:hidden:${cid}`;
/** `chat id#n` -> the n-th fact about the user's being in the chat; see records/facts.ts. */
export const userChats = (uid: string) => `u:{${uid}}:chats`;
/** `chat id:<node boot id>` -> read seq. */
export const userRead = (uid: string) => `u:{${uid}}:read`;
/** `uid#version` -> since when: the user's contacts; see records/pair.ts. */
export const userContacts = (uid: string) => `u:{${uid}}:contacts`;
/** `uid#version` -> `in` or `out`: contact requests that wait. */
export const userRequests = (uid: string) => `u:{${uid}}:requests`;
/** `uid#version` -> since when: people whom the user blocked. */
export const userBlocked = (uid: string) => `u:{${uid}}:blocked`;
/** `uid#version:remark` and `:labels`: what the user noted about that contact. */
export const userNotes = (uid: string) => `u:{${uid}}:notes`;
/** Chat id -> an invitation to the user. */
export const userInvitations = (uid: string) => `u:{${uid}}:invitations`;
/** One month of notices; `month` is `yyyymm`. */
export const userInbox = (uid: string, month: string) => `u:{${uid}}:in:${month}`;

/** What goes with an account; the record stays, with nothing personal in it. Inboxes expire by themselves. */
export const personalKeys = (uid: string): string[] =>
  [
    ...[userDevices, userSettings, userPrefs, userDrafts, userStars, userScheduled, userScheduleClaims, userHidden],
    ...[userRead, userContacts, userRequests, userBlocked, userNotes, userInvitations],
    ...[userFiles, userUploads, userClosedUploads, userFileHashes, userCalls],
  ].map((keyOf) => keyOf(uid));

/** The uid that claims the handle; `handle` is canonical. */
export const handleKey = (handle: string) => `h:${handlePart(handle)}`;
/** Held for a moment by who frees a claim that nobody stands behind. */
export const handleRelease = (handle: string) => `hr:${base32(handle)}`;
/** The uid that claims the address; `email` in the form that is compared. */
export const emailKey = (email: string) => `e:${base32(email)}`;
export const emailRelease = (email: string) => `er:${base32(email)}`;
/** Held by who signs in, renames or deletes an account, where these must not cross. */
export const userTurn = (uid: string) => `u:{${uid}}:turn`;
/** Handles that begin with the same characters, for prefix search. */
export const handlePrefix = (prefix: string) => `hp:${base32(prefix)}`;

/** The session whose token has this SHA-256. */
export const sessionKey = (sessionId: string) => `s:${sessionId}`;
/** Sessions revoked on a day; `day` is `yyyymmdd`. */
export const revokedOn = (day: string) => `revoked:${day}`;

/** The one direct chat of two people, whoever of them asks. */
export const directChat = (uid: string, other: string) => `dm:${[uid, other].sort().join(":")}`;

/** What two people are to each other, whoever of them asks. */
export const pairKey = (uid: string, other: string) => `pair:${[uid, other].sort().join(":")}`;
/** A small picture by the SHA-256 of its bytes; base64url. */
export const blobKey = (hash: string) => `b:${hash}`;
/** Pictures that a user stored in a window of time. */
export const blobsOf = (uid: string, window: number) => `bs:{${uid}}:${window}`;

/** A file: whose and what it is, and where its bytes are; see records/file-record.ts. */
export const fileKey = (fid: string) => `f:{${fid}}`;
/** The parts in which it is uploaded. */
export const filePartsKey = (fid: string) => `f:{${fid}}:parts`;
/** What keeps it from being removed; see domain/files/file-refs.ts. */
export const fileRefs = (fid: string) => `f:{${fid}}:refs`;
/** File id -> its bytes, `total` -> at least their sum; see domain/files/file-quota.ts. */
export const userFiles = (uid: string) => `u:{${uid}}:files`;
/** The upload that was begun under this id of its owner's making; see domain/files/begin-claims.ts. */
export const beginClaim = (uid: string, clientId: string) => `u:{${uid}}:begin:${clientId}`;
/** File id -> since when: uploads that have not ended. */
export const userUploads = (uid: string) => `u:{${uid}}:uploads`;
/** File id -> whether it still takes room: files that are gone, while a URL to put them is good; see domain/files/file-closing.ts. */
export const userClosedUploads = (uid: string) => `u:{${uid}}:closed`;
/** SHA-256 -> a complete file of these bytes. */
export const userFileHashes = (uid: string) => `u:{${uid}}:hashes`;

/** Info of a chat. */
export const chatKey = (cid: string) => `c:{${cid}}`;
/** `field#seq` -> what the entry `seq` changed the field to; see records/chat-info.ts. */
export const chatInfo = (cid: string) => `c:{${cid}}:info`;
/** Seq -> files that the message holds; see domain/files/held-files.ts. */
export const chatFiles = (cid: string) => `c:{${cid}}:files`;
/** Seqs of the messages that hold a file of this kind, the newest first: scores are negative. */
export const chatFilesOfKind = (cid: string, kind: string) => `c:{${cid}}:files:${kind}`;
/** Whose turn it is to change something about the chat. */
export const chatTurn = (cid: string) => `c:{${cid}}:turn`;
/** Somebody's last message in a chat that is in slow mode, for as long as it counts; and who may follow the one sent then. */
export const slowSend = (cid: string, uid: string, after?: string) =>
  `c:{${cid}}:slow:${uid}${after === undefined ? "" : `:${after}`}`;
/** The log: entry n is seq n+1. */
export const chatLog = (cid: string) => `c:{${cid}}:m`;
/** Null for what is no log of a chat. */
export const chatOfLog = (log: string) => /^c:\{(\w+)\}:m$/.exec(log)?.[1] ?? null;
/** `uid#n` -> the n-th fact about the user's being in the chat: role, gone, another role, muted. */
export const chatMembers = (cid: string) => `c:{${cid}}:members`;
/** Code -> an invite link of the chat. */
export const chatLinks = (cid: string) => `c:{${cid}}:links`;
/** Uses of one link: `n` -> how many were given out, `uid@seq` -> the number of a person's use. */
export const linkUses = (cid: string, code: string) => `c:{${cid}}:uses:${code}`;
/** The chat of an invite link. */
export const linkChat = (code: string) => `l:${code}`;
/** Uid -> a request to join. */
export const chatAsks = (cid: string) => `c:{${cid}}:asks`;
/** The chat of everybody: its id, and whether it is open. */
export const LOBBY = "lobby";
/** Chats that are listed for everybody, by the first letters of their ids. */
export const CHAT_DIRECTORY = "directory";
/** `uid:<node boot id>` -> seq. */
export const chatRead = (cid: string) => `c:{${cid}}:read`;
export const chatDelivered = (cid: string) => `c:{${cid}}:delivered`;
/** Retracts and edits. */
export const chatOverlay = (cid: string) => `c:{${cid}}:x`;
/** Of a thousand messages: `<seq>#n` -> the n-th emoji that somebody put on the message; see records/reactions.ts. */
export const chatReactions = (cid: string, seq: number) => `c:{${cid}}:r:${Math.floor(seq / 1000)}`;
/** uid -> since when; `n` as above. */
export const reactionPeople = (cid: string, seq: number, n: number) => `c:{${cid}}:r:${seq}:${n}`;
/** `<seq>#n` -> the n-th fact about the message's being pinned. */
export const chatPins = (cid: string) => `c:{${cid}}:pins`;
/** uid -> how often the person voted, `uid#n` -> the n-th vote, `closed`; see records/votes.ts. */
export const pollVotes = (cid: string, seq: number) => `c:{${cid}}:v:${seq}`;

const DAY_MS = 24 * 3600_000;
/** Longer than the 28 days for which a clientId is accepted. */
const DEDUPE_TTL_SECONDS = 30 * 24 * 3600;

export interface DedupeBucket {
  readonly key: string;
  /** Null: kept for ever. */
  readonly ttlSeconds: number | null;
}

/** Where the clientId is looked up. The day is the id's own, never a clock's: a resend over midnight finds it. */
export function dedupeBucket(cid: string, clientId: string): DedupeBucket {
  const sentMs = uuidTime(clientId);
  if (sentMs === null) return { key: `c:{${cid}}:d:0`, ttlSeconds: null };
  return { key: `c:{${cid}}:d:${Math.floor(sentMs / DAY_MS)}`, ttlSeconds: DEDUPE_TTL_SECONDS };
}

/** Unix time in milliseconds in a UUID of version 7 (RFC 9562 section 5.7); null for other versions. */
export function uuidTime(uuid: string): number | null {
  return uuid[14] === "7" ? Number.parseInt(uuid.slice(0, 8) + uuid.slice(9, 13), 16) : null;
}

/** Id of a message in its bucket. */
export const dedupeId = (uid: string, clientId: string) => `${uid}:${clientId}`;

/** The facts of a call, in their order; see records/call-record.ts. */
export const callKey = (id: string) => `call:{${id}}`;
/** Participant -> when it said the last time that it is there. */
export const callKept = (id: string) => `call:{${id}}:kept`;
/** `n` -> the n-th call of the chat, and since when; the highest n is the newest. */
export const chatCalls = (cid: string) => `c:{${cid}}:calls`;
/** Call id -> since when: calls in which a device of the user's is, or was when a node died. */
export const userCalls = (uid: string) => `u:{${uid}}:calls`;
/** `from` has rung the user a moment ago. */
export const rungBy = (uid: string, from: string) => `u:{${uid}}:rung:${from}`;
/** `chat id:call id` of all calls that have not ended; score is their beginning. */
export const CALLS = "calls";

/** `device@<node boot id>` -> since when. */
export const onlineKey = (uid: string) => `on:{${uid}}`;
/** Node boot id -> heartbeat. */
export const NODES = "nodes";

/** Enough that the nodes do not queue at one key, few enough that the leader reads them all each second. */
export const INTENT_SHARDS = 16;
/** Unfinished deeds; `of` is what the deed is about. */
export const intentsOf = (of: string) => intentShard(createHash("sha256").update(of).digest()[0] ?? 0);
export const intentShard = (shard: number) => `intent:${shard % INTENT_SHARDS}`;

/** What is to be done at a time: score is the time, the member names the deed; see domain/deeds/due.ts. */
export const DUE = "due";
/** File id -> a time not later than that of its newest message; see domain/files/file-expiry.ts. */
export const FILE_AGES = "file-ages";

/** While a backup reads the store, and the deeds that have ended meanwhile; see backup/phases.ts. */
export const BACKUP = "backup";
export const BACKUP_DEEDS = "backup:deeds";
/** A backup is being put into this store, which is whole only once this is gone. */
export const RESTORING = "restoring";
/** `n` -> when the store was brought to the form `n`; see store/schema.ts. */
export const SCHEMA = "schema";

/** Lease of a task for one term. */
export const leadKey = (task: string, term: number) => `lead:${task}:${term}`;

/** Number of an epoch -> its letters and the primary it began on. */
export const EPOCHS = "epoch";
/** The server's identity, sealed under the deployment's secret. */
export const IDENTITY = "identity";
/** Ticket keys, sealed. */
export const TICKETS = "tickets";

/** A code by mail; see domain/accounts/codes.ts. */
export const codeKey = (purpose: string, email: string) => `mc:${purpose}:${base32(email)}`;
/** Until it goes, nobody asks for another one. */
export const codeCooldown = (purpose: string, email: string) => `mcw:${purpose}:${base32(email)}`;
/** How many were asked for on a day. */
export const codesOn = (purpose: string, email: string, day: number) => `mcd:${purpose}:${base32(email)}:${day}`;

/** An invite to this server, and those that a user made. */
export const inviteKey = (code: string) => `iv:${base32(code)}`;
export const userInvites = (uid: string) => `u:{${uid}}:invites`;

/** The uid that owns this server. */
export const OWNER = "owner";
export const OWNER_RELEASE = "owner:release";
/** The code that makes an account the owner, sealed. */
export const OWNER_CODE = "owner:code";

/** Failed guesses at a handle's password, and from an address, in a window of time; each lives as long as the window. */
export const guessesAtHandle = (handle: string, window: number) => `g:h:${handlePart(handle)}:${window}`;
/** The same by somebody who is signed in as this user: strangers who guess do not use it up. */
export const guessesWithin = (uid: string, window: number) => `g:u:{${uid}}:${window}`;
/** Codes of links that were none, tried by this user. */
export const guessesAtLinks = (uid: string, window: number) => `g:l:{${uid}}:${window}`;
export const guessesFrom = (address: string, window: number) => `g:a:${base32(address)}:${window}`;
