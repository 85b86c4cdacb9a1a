import { type Static, Type } from "typebox";
import { BlobHash, Bytes, BytesUpTo, DeviceId, TimeMs, Token, UserId } from "../ids.ts";
import {
  ABOUT_MAX,
  AVATAR_MAX_BYTES,
  CODE_MAX,
  DEVICE_NAME_MAX,
  DISPLAY_NAME_MAX,
  EMAIL_MAX,
  HANDLE_WIRE_MAX,
  PASSWORD_MAX,
  PRONOUNS_MAX,
} from "../limits.ts";

export const WireHandle = Type.String({ minLength: 1, maxLength: HANDLE_WIRE_MAX });
/** Counted in code points here; the server counts characters after NFKC. */
export const WirePassword = Type.String({ maxLength: PASSWORD_MAX * 2 });
export const DisplayName = Type.String({ minLength: 1, maxLength: DISPLAY_NAME_MAX });

export const DeviceInfo = Type.Object({ name: Type.String({ minLength: 1, maxLength: DEVICE_NAME_MAX }) });
/** What the client has, so that the server can tell what it lacks. */
export const ClientInfo = Type.Object({
  version: Type.String({ maxLength: 64 }),
  features: Type.Array(Type.String({ maxLength: 32 }), { maxItems: 64 }),
});

/** The limits that a client needs before it asks; units as in limits.ts. */
export const Limits = Type.Object({
  textBytes: Type.Integer(),
  mentions: Type.Integer(),
  groupMembers: Type.Integer(),
  groupCreate: Type.Integer(),
  groupName: Type.Integer(),
  chatsPerUser: Type.Integer(),
  historyPage: Type.Integer(),
  typingMs: Type.Integer(),
  watch: Type.Integer(),
  requestsInFlight: Type.Integer(),
  avatarBytes: Type.Integer(),
  about: Type.Integer(),
  description: Type.Integer(),
  displayName: Type.Integer(),
  contacts: Type.Integer(),
  pins: Type.Integer(),
  pollOptions: Type.Integer(),
  seqs: Type.Integer(),
  scheduleAheadMs: Type.Integer(),
  /** How long a sender may retract. */
  retractMs: Type.Integer(),
  /** Devices in one call. */
  callParticipants: Type.Integer(),
});
export type Limits = Static<typeof Limits>;

export const ServerInfo = Type.Object({
  version: Type.String(),
  features: Type.Array(Type.String()),
  limits: Limits,
  /** The server's clock, from which clients make their UUIDv7 ids. */
  timeMs: TimeMs,
});
export type ServerInfo = Static<typeof ServerInfo>;

const SignedIn = {
  userId: UserId,
  deviceId: DeviceId,
  expiresAt: TimeMs,
  server: ServerInfo,
};

export const authRegister = {
  params: Type.Object({
    handle: WireHandle,
    password: WirePassword,
    displayName: Type.Optional(DisplayName),
    email: Type.Optional(Type.String({ maxLength: 254 })),
    code: Type.Optional(Type.String({ maxLength: 16 })),
    invite: Type.Optional(Type.String({ maxLength: 64 })),
    proof: Type.Optional(Type.String({ maxLength: 512 })),
    device: DeviceInfo,
    client: Type.Optional(ClientInfo),
  }),
  result: Type.Object({ ...SignedIn, token: Token }),
};

export const authScramStart = {
  params: Type.Object({ handle: WireHandle, clientNonce: Bytes(32) }),
  result: Type.Object({
    /** 16 to 64 bytes, base64url. */
    salt: Type.String({ minLength: 22, maxLength: 86, pattern: "^[A-Za-z0-9_-]*$" }),
    memoryKiB: Type.Integer(),
    iterations: Type.Integer(),
    parallelism: Type.Integer(),
    serverNonce: Bytes(32),
  }),
};

export const authScramFinish = {
  params: Type.Object({ clientProof: Bytes(32), device: DeviceInfo, client: Type.Optional(ClientInfo) }),
  result: Type.Object({ ...SignedIn, token: Token, serverSignature: Bytes(32) }),
};

export const authResume = {
  params: Type.Object({ token: Token, client: Type.Optional(ClientInfo) }),
  result: Type.Object(SignedIn),
};

export const Empty = Type.Object({});

export const WhoMayWrite = Type.Union([Type.Literal("anyone"), Type.Literal("sharedGroups"), Type.Literal("contacts")]);
export type WhoMayWrite = Static<typeof WhoMayWrite>;
export const WhoSeesPresence = Type.Union([Type.Literal("everyone"), Type.Literal("contacts"), Type.Literal("nobody")]);
export type WhoSeesPresence = Static<typeof WhoSeesPresence>;

export const Privacy = Type.Object({
  /** Who may open a direct chat and write in it. People who are contacts always may, blocked ones never. */
  write: WhoMayWrite,
  /** Who sees online, away and last seen. Who hides it sees nobody else's either way. */
  presence: WhoSeesPresence,
});
export type Privacy = Static<typeof Privacy>;

/** One's own account; others see a `UserCard` or a `Profile`. */
export const accountGet = {
  params: Empty,
  result: Type.Object({
    userId: UserId,
    deviceId: DeviceId,
    handle: Type.String(),
    displayName: Type.String(),
    avatar: Type.Union([BlobHash, Type.Null()]),
    about: Type.String(),
    pronouns: Type.String(),
    /** Verified; null without one. */
    email: Type.Union([Type.String(), Type.Null()]),
    /** The owner runs this server: invites, registration. */
    serverRole: Type.Union([Type.Literal("owner"), Type.Literal("user")]),
    /** `invite.create` is open to this account. */
    mayInvite: Type.Boolean(),
    privacy: Privacy,
    createdAt: TimeMs,
  }),
};

/** Fields left out stay as they are. */
export const accountSetProfile = {
  params: Type.Object({
    displayName: Type.Optional(DisplayName),
    about: Type.Optional(Type.String({ maxLength: ABOUT_MAX })),
    pronouns: Type.Optional(Type.String({ maxLength: PRONOUNS_MAX })),
  }),
  result: Empty,
};

/** The bytes of a WebP picture; null takes the avatar away. */
export const accountSetAvatar = {
  params: Type.Object({ avatar: Type.Union([BytesUpTo(AVATAR_MAX_BYTES), Type.Null()]) }),
  result: Type.Object({ avatar: Type.Union([BlobHash, Type.Null()]) }),
};

export const accountSetPrivacy = { params: Type.Object({ privacy: Privacy }), result: Empty };

/** This device is not looked at; away is shown when all are. Never stored. */
export const accountSetAway = { params: Type.Object({ away: Type.Boolean() }), result: Empty };

export const accountChangeHandle = {
  params: Type.Object({ password: WirePassword, handle: WireHandle }),
  result: Type.Object({ handle: Type.String() }),
};
/** `code` of purpose `changeEmail`, sent to the new address; without both the address is taken away where it is optional. */
export const accountChangeEmail = {
  params: Type.Object({
    password: WirePassword,
    email: Type.Optional(Type.String({ maxLength: EMAIL_MAX })),
    code: Type.Optional(Type.String({ maxLength: CODE_MAX })),
  }),
  result: Empty,
};
/** Leaves all groups, ends contacts and sessions; what was written stays, by a deleted user. OWNS_GROUPS while owning one. */
export const accountDelete = { params: Type.Object({ password: WirePassword }), result: Empty };

export const Device = Type.Object({
  deviceId: DeviceId,
  name: Type.String(),
  createdAt: TimeMs,
  lastSeenAt: TimeMs,
  expiresAt: TimeMs,
  /** The device that asks. */
  current: Type.Boolean(),
});
export type Device = Static<typeof Device>;

export const accountDevices = { params: Empty, result: Type.Object({ devices: Type.Array(Device) }) };
export const accountRevokeDevice = { params: Type.Object({ deviceId: DeviceId }), result: Empty };
export const accountRevokeOthers = { params: Empty, result: Type.Object({ revoked: Type.Integer() }) };
/** Ends every other session of the user (ACC-6). */
export const accountChangePassword = {
  params: Type.Object({ password: WirePassword, newPassword: WirePassword }),
  result: Empty,
};
