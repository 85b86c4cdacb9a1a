import { createHash } from "node:crypto";
import { type Clock, type Params, ReplyError, type UserId } from "@parley/protocol";
import type { Session } from "../../live/caller.ts";
import { readChat } from "../../records/chat-record.ts";
import { chatsOf, findMember, isListedMember } from "../../records/membership.ts";
import { personalKeys, userKey } from "../../store/keys.ts";
import type { Kv } from "../../store/kv.ts";
import type { MemberArgs } from "../chats/groups.ts";
import { unindexHandle } from "./handle-index.ts";
import type { Invites } from "./invites.ts";
import { EMAIL, HANDLE, type Names } from "./names.ts";
import type { Passwords } from "./passwords.ts";
import type { EndedWhy } from "./revocations.ts";
import type { Sessions } from "./sessions.ts";
import { inTurn } from "./user-turn.ts";

/** Above every generation of sessions: whatever signs in or was signed in is worth nothing. */
const LAST_GENERATION = String(Number.MAX_SAFE_INTEGER);
/** Groups that are left at the same time. */
const GROUPS_AT_ONCE = 16;
/** What stays of a user's record: that there was one, and that no session of it is good. */
const KEPT_FIELDS: ReadonlySet<string> = new Set(["deleted", "authGen", "authGens"]);

export interface DeleteArgs {
  readonly userId: UserId;
  readonly handle: string;
  readonly email: string | null;
  readonly at: number;
}

export interface DeletionParts {
  readonly store: Kv;
  readonly clock: Clock;
  readonly names: Names;
  readonly passwords: Passwords;
  readonly sessions: Sessions;
  readonly invites: Invites;
  readonly revoke: (sessions: readonly Session[], why: EndedWhy) => Promise<void>;
  /** Deed of the groups: the user leaves. */
  readonly leave: (args: MemberArgs) => Promise<number>;
  /** Ends contacts, requests and whatever else other people hold of the user. Idempotent. */
  readonly forget: (userId: UserId) => Promise<void>;
  /** `remove` below, with an intent around it. */
  readonly deed: (args: DeleteArgs) => Promise<void>;
}

/** The end of an account. What was written stays, by a deleted user. */
export class Deletion {
  readonly #parts: DeletionParts;

  constructor(parts: DeletionParts) {
    this.#parts = parts;
  }

  /** Throws what keeps the account from being deleted. */
  async check({ userId }: Session, address: string, { password }: Params<"account.delete">): Promise<void> {
    await this.#parts.passwords.prove(userId, address, password);
    if (await this.#ownsGroups(userId)) throw new ReplyError("OWNS_GROUPS");
  }

  /** After `check`. */
  async delete({ userId }: Session): Promise<void> {
    const { store, clock, passwords, deed } = this.#parts;
    await inTurn(store, clock, userId, async (stillMine) => {
      const account = await passwords.account(userId);
      if (account === null) throw new ReplyError("NOT_FOUND");
      if (await this.#ownsGroups(userId)) throw new ReplyError("OWNS_GROUPS");
      stillMine();
      await deed({ userId, handle: account.handle, email: account.email, at: clock.now() });
    });
  }

  /**
   * Deed, idempotent. The mark comes first: from then on nobody signs in as the user, and cards say that the account is
   * gone. The names are given up last, when the record does not name them any more.
   */
  async remove({ userId, handle, email, at }: DeleteArgs): Promise<void> {
    const { store, names, sessions, invites, revoke, forget } = this.#parts;
    await store.hashSetMany(userKey(userId), { deleted: String(at), authGen: LAST_GENERATION, keptSession: "" });
    const devices = await sessions.devices(userId, "");
    await revoke(
      devices.map(({ deviceId, sessionId }) => ({ userId, deviceId, sessionId })),
      "deleted",
    );
    await this.#leaveGroups(userId, at);
    await forget(userId);
    await invites.revokeAll(userId);
    const record = await store.hashGetAll(userKey(userId));
    // While the record names the handle nobody else can have it, and so its entry in the index is this user's.
    if (record.handle === handle) await unindexHandle(store, handle);
    const personal = Object.keys(record).filter((field) => !KEPT_FIELDS.has(field));
    if (personal.length > 0) await store.hashDelete(userKey(userId), ...personal);
    await names.isTaken(HANDLE, handle);
    if (email !== null) await names.isTaken(EMAIL, email);
    await Promise.all(personalKeys(userId).map((key) => store.delete(key)));
  }

  async #ownsGroups(userId: UserId): Promise<boolean> {
    const { store } = this.#parts;
    const groups = (await chatsOf(store, userId)).filter(({ peerId }) => peerId === null);
    for (const { chatId } of groups) {
      if ((await findMember(store, chatId, userId))?.role === "owner") return true;
    }
    return false;
  }

  async #leaveGroups(userId: UserId, at: number): Promise<void> {
    const { store, leave } = this.#parts;
    const groups = (await chatsOf(store, userId)).filter(({ peerId }) => peerId === null);
    const leaveOne = async (chatId: string) => {
      if ((await readChat(store, chatId)) === null || !(await isListedMember(store, chatId, userId))) return;
      // The same id each time this is done, so that the chat's log has the leaving once.
      await leave({ chatId, actor: userId, userId, at, clientId: uuidOf(`leave ${userId} ${chatId} ${at}`) });
    };
    for (let from = 0; from < groups.length; from += GROUPS_AT_ONCE) {
      await Promise.all(groups.slice(from, from + GROUPS_AT_ONCE).map(({ chatId }) => leaveOne(chatId)));
    }
  }
}

/** A UUID of version 8 (RFC 9562 section 5.8) made of a text. */
function uuidOf(text: string): string {
  const hex = createHash("sha256").update(text).digest("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
