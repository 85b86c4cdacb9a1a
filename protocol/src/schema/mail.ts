import { type Static, Type } from "typebox";
import { DeviceId, TimeMs, Token, UserId } from "../ids.ts";
import { CODE_MAX, EMAIL_MAX, INVITE_USES_MAX } from "../limits.ts";
import { ClientInfo, DeviceInfo, Empty, ServerInfo, WirePassword } from "./account.ts";

/** Checked for its form by the server: local part, `@`, domain; no control characters. */
export const Email = Type.String({ minLength: 3, maxLength: EMAIL_MAX });
export const Code = Type.String({ minLength: 1, maxLength: CODE_MAX });

/** What a code is good for; it works for nothing else. */
export const CodePurpose = Type.Union([
  Type.Literal("register"),
  Type.Literal("signIn"),
  Type.Literal("reset"),
  /** Another address for the own account; needs a session. */
  Type.Literal("changeEmail"),
]);
export type CodePurpose = Static<typeof CodePurpose>;

/**
 * Sends a code of six digits to the address. Answered before anybody looks whether the address belongs to an account
 * (ACC-8), so the answer is the same for all. Asking again too soon is RATE_LIMITED with the wait.
 */
export const authRequestCode = {
  params: Type.Object({ purpose: CodePurpose, email: Email }),
  result: Type.Object({ resendAfterMs: Type.Integer(), expiresAfterMs: Type.Integer() }),
};

/** Signs in with a code of purpose `signIn`, without a password. */
export const authSignInByCode = {
  params: Type.Object({ email: Email, code: Code, device: DeviceInfo, client: Type.Optional(ClientInfo) }),
  result: Type.Object({ userId: UserId, deviceId: DeviceId, expiresAt: TimeMs, server: ServerInfo, token: Token }),
};

/** With a code of purpose `reset`. Ends every session of the account. */
export const authResetPassword = {
  params: Type.Object({ email: Email, code: Code, newPassword: WirePassword }),
  result: Empty,
};

/** An invite to this server (ACC-11). `invite` of `auth.register` takes its code. */
export const ServerInvite = Type.Object({
  code: Type.String(),
  createdAt: TimeMs,
  expiresAt: TimeMs,
  usesLeft: Type.Integer(),
});
export type ServerInvite = Static<typeof ServerInvite>;

export const inviteCreate = {
  params: Type.Object({
    uses: Type.Integer({ minimum: 1, maximum: INVITE_USES_MAX }),
    expiresInMs: Type.Integer({ minimum: 60_000, maximum: 366 * 24 * 3600_000 }),
  }),
  result: Type.Object({ invite: ServerInvite }),
};
export const inviteList = { params: Empty, result: Type.Object({ invites: Type.Array(ServerInvite) }) };
export const inviteRevoke = { params: Type.Object({ code: Code }), result: Empty };
