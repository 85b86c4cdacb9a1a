import { type Params, ReplyError, type Result, type UserId } from "@parley/protocol";
import type { Session } from "../../live/caller.ts";
import { privacyOf } from "../../records/user-record.ts";
import { userKey } from "../../store/keys.ts";
import type { Kv } from "../../store/kv.ts";
import type { Ownership } from "./ownership.ts";
import { checkPassword } from "./password.ts";
import type { Passwords } from "./passwords.ts";
import { DEVICES_MAX, type Sessions } from "./sessions.ts";

export interface AccountsParts {
  readonly store: Kv;
  readonly passwords: Passwords;
  readonly sessions: Sessions;
  readonly ownership: Ownership;
  readonly mayInvite: (userId: UserId) => Promise<boolean>;
  /** Deletes the sessions and closes their connections on every node, with an intent around it. */
  readonly revoke: (sessions: readonly Session[]) => Promise<void>;
}

/** What a signed-in user does about the own account. */
export class Accounts {
  readonly #parts: AccountsParts;

  constructor(parts: AccountsParts) {
    this.#parts = parts;
  }

  async get({ userId, deviceId }: Session): Promise<Result<"account.get">> {
    const { store, ownership, mayInvite } = this.#parts;
    const [user, isOwner, invites] = await Promise.all([
      store.hashGetAll(userKey(userId)),
      ownership.isOwner(userId),
      mayInvite(userId),
    ]);
    const { handle } = user;
    if (handle === undefined || user.deleted !== undefined) throw new ReplyError("NOT_FOUND");
    return {
      userId,
      deviceId,
      handle,
      displayName: user.displayName ?? handle,
      avatar: user.avatar || null,
      about: user.about ?? "",
      pronouns: user.pronouns ?? "",
      email: user.email || null,
      serverRole: isOwner ? "owner" : "user",
      mayInvite: invites,
      privacy: privacyOf(user.write, user.presence),
      createdAt: Number(user.createdAt),
    };
  }

  async devices(session: Session): Promise<Result<"account.devices">> {
    const listed = await this.#parts.sessions.devices(session.userId, session.deviceId);
    return { devices: listed.map(({ sessionId: _, ...device }) => device) };
  }

  async signOut(session: Session): Promise<void> {
    await this.#parts.revoke([session]);
  }

  async revokeDevice({ userId, deviceId: own }: Session, deviceId: string): Promise<void> {
    const listed = await this.#parts.sessions.devices(userId, own);
    const device = listed.find((one) => one.deviceId === deviceId);
    if (device === undefined) throw new ReplyError("NOT_FOUND");
    await this.#parts.revoke([{ userId, deviceId, sessionId: device.sessionId }]);
  }

  /** Of too many devices, the one that was silent the longest gives way to the new one. */
  async makeRoom({ userId, deviceId: own }: Session): Promise<void> {
    const { sessions, revoke } = this.#parts;
    if ((await sessions.count(userId)) <= DEVICES_MAX) return;
    const listed = await sessions.devices(userId, own);
    const surplus = listed.slice(DEVICES_MAX);
    await revoke(surplus.map(({ deviceId, sessionId }) => ({ userId, deviceId, sessionId })));
  }

  /** Answers how many there were. */
  async revokeOthers({ userId, deviceId: own }: Session): Promise<number> {
    const listed = await this.#parts.sessions.devices(userId, own);
    const others = listed.filter(({ deviceId }) => deviceId !== own);
    await this.#parts.revoke(others.map(({ deviceId, sessionId }) => ({ userId, deviceId, sessionId })));
    return others.length;
  }

  /** Ends every other session of the user. */
  async changePassword(session: Session, address: string, params: Params<"account.changePassword">): Promise<void> {
    const { passwords } = this.#parts;
    const { userId } = session;
    const account = await passwords.account(userId);
    if (account === null) throw new ReplyError("NOT_FOUND");
    checkPassword(params.newPassword, account.handle);
    const proven = await passwords.prove(userId, address, params.password);
    await passwords.replace(userId, proven, { password: params.newPassword, keptSession: session.sessionId });
  }
}
