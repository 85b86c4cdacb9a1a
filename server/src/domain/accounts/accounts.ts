import { timingSafeEqual } from "node:crypto";
import { type Params, type Random, ReplyError, type Result, type UserId } from "@parley/protocol";
import { nodeCrypto } from "@parley/protocol/crypto-node";
import { SCRAM_SALT_BYTES, scramKeys } from "@parley/protocol/secure";
import type { Session } from "../../live/caller.ts";
import { privacyOf } from "../../records/user-record.ts";
import { userKey } from "../../store/keys.ts";
import type { Kv } from "../../store/kv.ts";
import type { Guesses } from "./guesses.ts";
import { checkPassword } from "./password.ts";
import type { PasswordHasher } from "./password-hash.ts";
import { DEVICES_MAX, type Sessions } from "./sessions.ts";
import type { VerifierVault } from "./verifier.ts";

export interface AccountsParts {
  readonly store: Kv;
  readonly random: Random;
  readonly hasher: PasswordHasher;
  readonly vault: VerifierVault;
  readonly guesses: Guesses;
  readonly sessions: Sessions;
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
    const user = await this.#parts.store.hashGetAll(userKey(userId));
    const { handle } = user;
    if (handle === undefined) throw new ReplyError("NOT_FOUND");
    return {
      userId,
      deviceId,
      handle,
      displayName: user.displayName ?? handle,
      avatar: user.avatar || null,
      about: user.about ?? "",
      pronouns: user.pronouns ?? "",
      email: user.email || null,
      serverRole: user.serverRole === "owner" ? "owner" : "user",
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

  /**
   * The generation of sessions is raised together with the verifier, in one write: whatever was signed in with the old
   * password is dead from then on, except the session that changes it.
   */
  async changePassword(session: Session, address: string, params: Params<"account.changePassword">): Promise<void> {
    const { store, random, hasher, vault, guesses } = this.#parts;
    const { userId } = session;
    const [handle, sealed, changes] = await store.hashGetMany(userKey(userId), ["handle", "verifier", "authGens"]);
    if (typeof handle !== "string" || typeof sealed !== "string") throw new ReplyError("NOT_FOUND");
    checkPassword(params.newPassword, handle);
    const verifier = vault.open(userId, sealed);
    const guess = await guesses.beginWithin(userId, address);
    const given = scramKeys(nodeCrypto, await hasher.run((hash) => hash(params.password, verifier.salt)));
    if (!timingSafeEqual(given.storedKey, verifier.storedKey)) {
      await guess.failed();
      throw new ReplyError("CREDENTIALS_INVALID");
    }
    await guess.succeeded();
    const salt = random.bytes(SCRAM_SALT_BYTES);
    const keys = scramKeys(nodeCrypto, await hasher.run((hash) => hash(params.newPassword, salt)));
    const authGen = await this.#nextGeneration(userId);
    // Of two who change it at once the second one proved a password that does not hold any more.
    if (authGen !== Number(changes ?? 0) + 1) throw new ReplyError("CREDENTIALS_INVALID");
    await store.hashSetMany(userKey(userId), {
      verifier: vault.seal(userId, salt, keys),
      authGen: String(authGen),
      keptSession: session.sessionId,
    });
    await this.revokeOthers(session);
  }

  /** Counted apart, so that two changes at the same time get two numbers. */
  #nextGeneration(userId: UserId): Promise<number> {
    return this.#parts.store.hashIncrement(userKey(userId), "authGens", 1);
  }
}
