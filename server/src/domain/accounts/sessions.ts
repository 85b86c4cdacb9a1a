import { createHash } from "node:crypto";
import type { Clock, Device, DeviceId, Random, UserId } from "@parley/protocol";
import type { Session } from "../../live/caller.ts";
import { sessionKey, userDevices, userKey } from "../../store/keys.ts";
import type { Kv } from "../../store/kv.ts";
import { newId } from "../ids.ts";

const DAY_MS = 24 * 3600_000;
/** A session that nobody used for so long has ended. */
const IDLE_MS = 7 * DAY_MS;
/** However much it is used: a token that leaked unnoticed does not serve for ever. */
const LIFE_MS = 180 * DAY_MS;
/** More signed-in clients than anybody has; the one that was silent the longest gives way. */
export const DEVICES_MAX = 100;

/** Written once, so that nothing brings back what was deleted; sliding is EXPIRE alone. */
interface SessionRecord {
  readonly userId: UserId;
  readonly deviceId: DeviceId;
  /** The user's `authGen` at the time: raising it ends all sessions of before. */
  readonly authGen: number;
  readonly endsAt: number;
}

interface DeviceRecord {
  readonly name: string;
  readonly sessionId: string;
  readonly createdAt: number;
}

export interface NewSession {
  readonly session: Session;
  /** Base64url; known to the client alone. */
  readonly token: string;
  readonly expiresAt: number;
}

export interface UsedSession {
  readonly session: Session;
  readonly expiresAt: number;
}

export interface ListedDevice extends Device {
  readonly sessionId: string;
}

/** The credentials of devices: made, used, listed and deleted. Whoever ends one also tells the nodes (revocations). */
export class Sessions {
  readonly #store: Kv;
  readonly #clock: Clock;
  readonly #random: Random;

  constructor(store: Kv, clock: Clock, random: Random) {
    this.#store = store;
    this.#clock = clock;
    this.#random = random;
  }

  /** `authGen`: of the verifier that let the device in, whatever it is by now. */
  async create(userId: UserId, deviceName: string, authGen: number): Promise<NewSession> {
    const now = this.#clock.now();
    const token = Buffer.from(this.#random.bytes(32)).toString("base64url");
    const session: Session = { userId, deviceId: newId(this.#random), sessionId: sessionIdOf(token) };
    const device: DeviceRecord = { name: deviceName, sessionId: session.sessionId, createdAt: now };
    // The device first: a session that works is always listed, and so can be revoked.
    await this.#store.hashSetMany(userDevices(userId), {
      [session.deviceId]: JSON.stringify(device),
      [seenField(session.deviceId)]: String(now),
    });
    const record: SessionRecord = { userId, deviceId: session.deviceId, authGen, endsAt: now + LIFE_MS };
    await this.#store.setNx(sessionKey(session.sessionId), JSON.stringify(record), IDLE_MS / 1000);
    return { session, token, expiresAt: now + IDLE_MS };
  }

  byToken(token: string): Promise<UsedSession | null> {
    return this.use(sessionIdOf(token));
  }

  /** Null when it was revoked or has expired; otherwise it lives on for the whole idle time. */
  async use(sessionId: string): Promise<UsedSession | null> {
    const record = await this.#read(sessionId);
    if (record === null) return null;
    const { userId, deviceId } = record;
    const now = this.#clock.now();
    const idleMs = Math.min(IDLE_MS, record.endsAt - now);
    const [current, alive] = await Promise.all([
      this.#isCurrent(sessionId, record),
      this.#store.expire(sessionKey(sessionId), Math.floor(idleMs / 1000)),
      this.#store.hashSet(userDevices(userId), seenField(deviceId), String(now)),
    ]);
    return current && alive ? { session: { userId, deviceId, sessionId }, expiresAt: now + idleMs } : null;
  }

  /** The same, and changes nothing: for who has not proved yet to be the one that the session was given to. */
  async find(sessionId: string): Promise<Session | null> {
    const record = await this.#read(sessionId);
    if (record === null || !(await this.#isCurrent(sessionId, record))) return null;
    return { userId: record.userId, deviceId: record.deviceId, sessionId };
  }

  /** No session of the user is accepted until the operator says so. */
  async disabled(userId: UserId): Promise<boolean> {
    return (await this.#store.hashGet(userKey(userId), DISABLED)) !== null;
  }

  /** Sessions of the user that would still be accepted. */
  async valid(userId: UserId): Promise<Session[]> {
    const listed = await this.devices(userId, "");
    const found = await Promise.all(listed.map(({ sessionId }) => this.find(sessionId)));
    return found.filter((session) => session !== null);
  }

  /** Sessions that are there and not accepted any more: a new password has made them worthless. */
  async stale(userId: UserId): Promise<Session[]> {
    const listed = await this.devices(userId, "");
    const stale = await Promise.all(
      listed.map(async ({ deviceId, sessionId }) => {
        const record = await this.#read(sessionId);
        const isStale = record !== null && !(await this.#isCurrent(sessionId, record));
        return isStale ? { userId, deviceId, sessionId } : null;
      }),
    );
    return stale.filter((session) => session !== null);
  }

  async #read(sessionId: string): Promise<SessionRecord | null> {
    const text = await this.#store.get(sessionKey(sessionId));
    const record = text === null ? null : (JSON.parse(text) as SessionRecord);
    return record !== null && record.endsAt - this.#clock.now() >= 1000 ? record : null;
  }

  /** A new password ends what was let in by an older one, except the session that changed it. The operator ends all. */
  async #isCurrent(sessionId: string, { userId, authGen }: SessionRecord): Promise<boolean> {
    const fields = ["authGen", "keptSession", DISABLED];
    const [currentGen, kept, disabled] = await this.#store.hashGetMany(userKey(userId), fields);
    if (typeof disabled === "string") return false;
    return authGen >= Number(currentGen ?? 0) || kept === sessionId;
  }

  /** What was used the latest comes first. Removes what is left of devices whose sessions have expired. */
  async devices(userId: UserId, current: DeviceId): Promise<ListedDevice[]> {
    const fields = await this.#store.hashGetAll(userDevices(userId));
    const now = this.#clock.now();
    const listed: ListedDevice[] = [];
    const expired: string[] = [];
    for (const [field, text] of Object.entries(fields)) {
      if (field.endsWith(SEEN)) {
        if (fields[field.slice(0, -SEEN.length)] === undefined) expired.push(field);
        continue;
      }
      const { name, sessionId, createdAt } = JSON.parse(text) as DeviceRecord;
      const lastSeenAt = Number(fields[seenField(field)] ?? createdAt);
      const expiresAt = Math.min(lastSeenAt + IDLE_MS, createdAt + LIFE_MS);
      if (expiresAt <= now) expired.push(field, seenField(field));
      else {
        listed.push({ deviceId: field, name, createdAt, lastSeenAt, expiresAt, current: field === current, sessionId });
      }
    }
    if (expired.length > 0) await this.#store.hashDelete(userDevices(userId), ...expired);
    return listed.sort((a, b) => b.lastSeenAt - a.lastSeenAt);
  }

  /** Devices of the user, those included whose sessions have expired. */
  async count(userId: UserId): Promise<number> {
    return (await this.#store.hashLength(userDevices(userId))) / FIELDS_PER_DEVICE;
  }

  async seen(session: Session): Promise<void> {
    await this.#store.hashSet(userDevices(session.userId), seenField(session.deviceId), String(this.#clock.now()));
  }

  /** From here on the token and its tickets are worth nothing. */
  async delete(session: Session): Promise<void> {
    await this.#store.delete(sessionKey(session.sessionId));
    await this.#store.hashDelete(userDevices(session.userId), session.deviceId, seenField(session.deviceId));
  }
}

/** Field of a user's record: since when no session of it is good, until the operator takes it back. */
export const DISABLED = "disabled";
/** The record, and when it was last seen. */
const FIELDS_PER_DEVICE = 2;
/** Written often, apart from the record that must not come back once it is deleted. */
const SEEN = ":seen";
const seenField = (deviceId: DeviceId) => deviceId + SEEN;

function sessionIdOf(token: string): string {
  return createHash("sha256").update(Buffer.from(token, "base64url")).digest("hex");
}
