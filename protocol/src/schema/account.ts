import { type Static, Type } from "typebox";
import { Bytes, DeviceId, TimeMs, Token, UserId } from "../ids.ts";
import { DEVICE_NAME_MAX, DISPLAY_NAME_MAX, HANDLE_WIRE_MAX, PASSWORD_MAX } from "../limits.ts";

export const WireHandle = Type.String({ minLength: 1, maxLength: HANDLE_WIRE_MAX });
/** Counted in UTF-16 units here; the server counts characters after NFKC. */
export const WirePassword = Type.String({ maxLength: PASSWORD_MAX * 2 });
const DisplayName = Type.String({ minLength: 1, maxLength: DISPLAY_NAME_MAX });

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

/** One's own account; others see a `UserCard`. */
export const accountGet = {
  params: Empty,
  result: Type.Object({
    userId: UserId,
    deviceId: DeviceId,
    handle: Type.String(),
    displayName: Type.String(),
    createdAt: TimeMs,
  }),
};

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
