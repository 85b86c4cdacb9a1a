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
/** A name fits into a row. */
export const DISPLAY_NAME_MAX = 64;
/** As a name of a person. */
export const DEVICE_NAME_MAX = 64;
/** A name with a purpose in it. */
export const GROUP_NAME_MAX = 100;
/** People named in one `chat.createGroup`; more are added by `member.add`. */
export const GROUP_CREATE_MAX = 200;
/** Members of a group: fan-out of a notice to all of them stays under 100 ms on the slowest store. */
export const GROUP_MEMBERS_MAX = 2_000;
/** Chats of one user: bounds the sign-in sync. */
export const CHATS_PER_USER_MAX = 5_000;
/** UTF-8 bytes of a text message: several pages of prose; anything longer is a file. */
export const TEXT_MAX_BYTES = 16_384;
/** People mentioned by name in one message; whoever means more mentions everybody. */
export const MENTIONS_MAX = 100;
/** Messages in one page of history. */
export const HISTORY_PAGE_MAX = 200;
/** Members in one page: some screens of a list. */
export const MEMBER_PAGE_MAX = 200;
/** JSON bytes of one reply: half of `max_message`, so that a page always fits with room for framing. */
export const REPLY_MAX_BYTES = 512 * 1024;
/** People found by one look: what is shown below a field while one types. */
export const FIND_MAX = 20;
/** People read at once: those of a page of history. */
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

/** An address as RFC 5321 section 4.5.3.1 allows it. */
export const EMAIL_MAX = 254;
/** Server invites that one person may have open. */
export const INVITES_MAX = 100;
/** Uses of one invite or invite link. */
export const INVITE_USES_MAX = 10_000;
/** What a code or link of any kind may be long. */
export const CODE_MAX = 64;

/** Of a profile. */
export const ABOUT_MAX = 500;
/** A few words in any language. */
export const PRONOUNS_MAX = 40;
/** An avatar as WebP: 512 x 512 at good quality, small enough for one value of the store. */
export const AVATAR_MAX_BYTES = 64 * 1024;
/** Own name for a contact: as long as a name. */
export const REMARK_MAX = 64;
/** A label is a word or two. */
export const LABEL_MAX = 32;
/** What is shown beside a name. */
export const LABELS_PER_CONTACT_MAX = 16;
/** As many as one may have chats, which they may all become. */
export const CONTACTS_MAX = 5_000;
/** Contacts in one page: some screens of a list. */
export const CONTACT_PAGE_MAX = 200;
/** Contact requests that wait for one person; more are refused to who sends them. */
export const CONTACT_REQUESTS_MAX = 500;
export const CONTACT_MESSAGE_MAX = 300;
/** All of them fit into one reply. */
export const BLOCKED_MAX = 1_000;

/** What a group is about and what its rules are. */
export const DESCRIPTION_MAX = 1_000;
/** Slow mode: least time between two messages of a member. */
export const SLOW_MODE_MAX_MS = 24 * 3600_000;
/** Disappearing messages: shorter would vanish unread, longer is no vanishing. */
export const DISAPPEAR_MIN_MS = 5_000;
export const DISAPPEAR_MAX_MS = 365 * 24 * 3600_000;
/** Open invite links of a group, waiting requests and invitations. */
export const LINKS_MAX = 50;
/** As many as admins go through in an evening; the next ones come later. */
export const JOIN_REQUESTS_MAX = 1_000;
/** Of one person, whom many groups may want; all of them fit into one reply. */
export const INVITATIONS_MAX = 1_000;
/** Groups in one page: each is read with its members counted. */
export const DIRECTORY_PAGE_MAX = 50;
/** Folders that one chat lies in. */
export const FOLDERS_PER_CHAT_MAX = 8;
/** A folder is a tab. */
export const FOLDER_NAME_MAX = 32;
/** Above all others: more would be a list of their own. */
export const PINNED_CHATS_MAX = 50;
/** Chats with a draft: all drafts together stay a few MiB, since a new device asks for them at once. */
export const DRAFTS_MAX = 200;

/** Messages named in one `message.get`, `message.hide` or forward. */
export const SEQS_MAX = 100;
/** A single emoji with its joiners and modifiers, in code points. */
export const EMOJI_MAX = 32;
/** Different emoji on one message. */
export const REACTIONS_PER_MESSAGE_MAX = 32;
/** Messages whose reactions are read at once: what is on a screen. */
export const REACTIONS_RANGE_MAX = 200;
/** People named for one emoji; more are counted only. */
export const REACTION_PEOPLE_MAX = 20;
/** JSON bytes of several messages forwarded as one: eight fit into a reply. */
export const FORWARD_MAX_BYTES = 64 * 1024;
/** Versions of one message, which fit into one reply. */
export const EDITS_MAX = 100;
/** Pinned messages of a chat: all of them are shown at once. */
export const PINS_MAX = 50;
/** Messages that one person keeps: a hash of the store, read by pages. */
export const STARS_MAX = 5_000;
/** Messages that one person has hidden for themselves: each page of history looks at them. */
export const HIDDEN_MAX = 20_000;
/** Stars in one page, each with its message. */
export const STAR_PAGE_MAX = 100;
/** How long the sender may retract or edit a message, unless the operator says otherwise. */
export const RETRACT_WINDOW_MS = 48 * 3600_000;
/** With fewer there is nothing to choose, with more nobody reads them. */
export const POLL_OPTIONS_MIN = 2;
export const POLL_OPTIONS_MAX = 12;
/** A question, or an answer: a sentence or two. */
export const POLL_TEXT_MAX = 300;
/** Messages of one person that wait for their time; all of them fit into one reply. */
export const SCHEDULED_MAX = 100;
/** A year ahead is enough for a birthday. */
export const SCHEDULE_AHEAD_MAX_MS = 366 * 24 * 3600_000;
/** An address of the post, or the name of a place. */
export const LOCATION_LABEL_MAX = 200;

/** About what a file system takes as a name, in code points. */
export const FILE_NAME_MAX = 255;
/** RFC 6838 section 4.2: 127 for either half. */
export const MEDIA_TYPE_MAX = 255;
/** Largest file of any deployment: what an S3 store takes in FILE_PARTS_MAX parts of 64 MiB. Operators set less. */
export const FILE_SIZE_MAX = 64 * 1024 ** 3;
/** S3 takes no smaller part but the last. */
export const FILE_PART_MIN_BYTES = 5 * 1024 ** 2;
/** Named in one `file.begin`, whose request stays below 128 KiB. */
export const FILE_PARTS_MAX = 1_000;
/** Presigned URLs in one reply, about 1 KiB each. */
export const FILE_URLS_MAX = 64;
/** UTF-8 bytes of the words beside a file. */
export const CAPTION_MAX = 4_096;
/** Pixels: what browsers decode without giving up; a claim of more is refused. */
export const IMAGE_SIDE_MAX = 16_384;
/** A week: what is longer is no message, and a claim of more is refused. */
export const MEDIA_DURATION_MAX_MS = 7 * 24 * 3600_000;
/** A blurred picture of some 32 pixels' width. */
export const PREVIEW_MAX_BYTES = 2_048;
/** One byte a bar: more bars than a phone is wide are not seen. */
export const WAVEFORM_MAX_BYTES = 128;
/** Files in one page: some screens of pictures. */
export const FILE_LIST_PAGE_MAX = 100;
/** Uploads that one person may have begun and not ended. */
export const UPLOADS_MAX = 50;

/** Settings of a user that travel between devices. */
export const SETTINGS_MAX = 64;
/** A dotted name of a setting. */
export const SETTING_KEY_MAX = 64;
/** JSON of one setting; with SETTINGS_MAX of them all settings fit into one reply. */
export const SETTING_VALUE_MAX = 4_096;

/** Devices in one call: each sends to each other one, and more than five uploads no line bears. */
export const CALL_PARTICIPANTS_MAX = 6;
/** Asked into one call at once. */
export const CALL_INVITED_MAX = 16;
/** People whom one call remembers as asked in: all of them travel with each change of it. */
export const CALL_PEOPLE_MAX = 64;
/** How long it rings. */
export const CALL_RING_MS = 45_000;
/** Who is in a call says so this often; who has not for longer than CALL_LOST_MS is out. */
export const CALL_KEEP_MS = 10_000;
export const CALL_LOST_MS = 45_000;
/** For how long credentials of relays are good: time to begin a call; one that runs goes on with them. */
export const CALL_ICE_MS = 10 * 60_000;
/** Camera and screen, and room for what comes. */
export const CALL_STREAMS_MAX = 4;
/** Changes of one call: hours of muting and unmuting; then it says CALL_OVER. */
export const CALL_CHANGES_MAX = 2_000;
/** Code points of a session description; a browser's has 3,000 to 20,000. */
export const SDP_MAX_BYTES = 64 * 1024;
/** Media sections of one description. */
export const CALL_TRACKS_MAX = 64;
/** JSON of one signal: a description of the longest SDP, with line ends escaped, and its tracks. */
export const SIGNAL_MAX_BYTES = 128 * 1024;
/** Candidates of one signal: what a device finds at once. */
export const CALL_CANDIDATES_MAX = 32;
/** A line of a browser has 100 to 200 characters. */
export const ICE_CANDIDATE_MAX = 1_024;
