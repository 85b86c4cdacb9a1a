import {
  type Clock,
  limits,
  type Params,
  type Random,
  ReplyError,
  type ServerInvite,
  type UserId,
} from "@parley/protocol";
import { inviteKey, userInvites } from "../../store/keys.ts";
import type { Kv } from "../../store/kv.ts";
import { newId } from "../ids.ts";

interface InviteRecord {
  readonly createdAt: number;
  readonly expiresAt: number;
  readonly uses: number;
}

/** Fields of an invite: what it is, who made it, and how often it was taken. */
const RECORD = "record";
const BY = "by";
const TAKEN = "taken";

/** Clocks of nodes differ: the key outlives its time a little, and the record says when that is. */
const KEPT_MS = 3600_000;

export interface InvitesParts {
  readonly store: Kv;
  readonly clock: Clock;
  readonly random: Random;
  readonly mayInvite: (userId: UserId) => Promise<boolean>;
}

/** Invites to this server: a number of accounts, for a time. */
export class Invites {
  readonly #parts: InvitesParts;

  constructor(parts: InvitesParts) {
    this.#parts = parts;
  }

  async create(userId: UserId, { uses, expiresInMs }: Params<"invite.create">): Promise<ServerInvite> {
    const { store, clock, random, mayInvite } = this.#parts;
    if (!(await mayInvite(userId))) throw new ReplyError("FORBIDDEN");
    if ((await this.list(userId)).length >= limits.INVITES_MAX) throw new ReplyError("LIMIT_REACHED");
    const code = newId(random);
    const createdAt = clock.now();
    const record: InviteRecord = { createdAt, expiresAt: createdAt + expiresInMs, uses };
    // Listed first: one that works can be revoked.
    await store.hashSet(userInvites(userId), code, JSON.stringify(record));
    await store.hashSetMany(inviteKey(code), { [RECORD]: JSON.stringify(record), [BY]: userId });
    await store.expire(inviteKey(code), Math.ceil((expiresInMs + KEPT_MS) / 1000));
    return { code, createdAt, expiresAt: record.expiresAt, usesLeft: uses };
  }

  /** Those that still work, the newest first. Forgets those whose time is over. */
  async list(userId: UserId): Promise<ServerInvite[]> {
    const { store, clock } = this.#parts;
    const made = Object.entries(await store.hashGetAll(userInvites(userId)));
    const invites = await Promise.all(
      made.map(async ([code, text]): Promise<ServerInvite> => {
        const { createdAt, expiresAt } = JSON.parse(text) as InviteRecord;
        return { code, createdAt, expiresAt, usesLeft: await this.#usesLeft(code) };
      }),
    );
    const over = invites.filter(({ expiresAt }) => expiresAt <= clock.now()).map(({ code }) => code);
    if (over.length > 0) await store.hashDelete(userInvites(userId), ...over);
    return invites.filter(({ usesLeft }) => usesLeft > 0).sort((a, b) => b.createdAt - a.createdAt);
  }

  async revoke(userId: UserId, code: string): Promise<void> {
    const { store } = this.#parts;
    if ((await store.hashGet(userInvites(userId), code)) === null) throw new ReplyError("NOT_FOUND");
    await store.delete(inviteKey(code));
    await store.hashDelete(userInvites(userId), code);
  }

  async revokeAll(userId: UserId): Promise<void> {
    const { store } = this.#parts;
    const codes = Object.keys(await store.hashGetAll(userInvites(userId)));
    await Promise.all(codes.map((code) => store.delete(inviteKey(code))));
    await store.delete(userInvites(userId));
  }

  /**
   * Takes one use; the answer gives it back. Throws `INVITE_INVALID`. Counted before anybody relies on it, so that no
   * more accounts come of it than it has uses, and a crash in between only loses one.
   */
  async take(code: string): Promise<() => Promise<void>> {
    const { store, clock } = this.#parts;
    const key = inviteKey(code);
    const record = await this.#read(code);
    if (record === null) throw new ReplyError("INVITE_INVALID");
    const count = async (by: number) => {
      const taken = await store.hashIncrement(key, TAKEN, by);
      // Revoked meanwhile, it would come back as a count that nothing removes.
      await store.expire(key, Math.ceil((record.expiresAt - clock.now() + KEPT_MS) / 1000));
      return taken;
    };
    if ((await count(1)) > record.uses) {
      await count(-1);
      throw new ReplyError("INVITE_INVALID");
    }
    return async () => void (await count(-1));
  }

  async #usesLeft(code: string): Promise<number> {
    const record = await this.#read(code);
    if (record === null) return 0;
    const taken = Number((await this.#parts.store.hashGet(inviteKey(code), TAKEN)) ?? 0);
    return Math.max(0, record.uses - taken);
  }

  /** Null when it is unknown, revoked or expired. */
  async #read(code: string): Promise<InviteRecord | null> {
    const text = await this.#parts.store.hashGet(inviteKey(code), RECORD);
    const record = text === null ? null : (JSON.parse(text) as InviteRecord);
    return record !== null && record.expiresAt > this.#parts.clock.now() ? record : null;
  }
}
