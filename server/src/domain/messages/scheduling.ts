import {
  type ChatId,
  type ClientId,
  type Clock,
  limits,
  type NewContent,
  type Params,
  ReplyError,
  type ScheduledMessage,
  type UserId,
} from "@parley/protocol";
import { readClaim } from "../../records/claim.ts";
import { requireMember } from "../../records/membership.ts";
import {
  applyWrite,
  drawVersion,
  jsonBytes,
  presentValues,
  readVersioned,
  type Versioned,
  type VersionedWrite,
} from "../../records/versioned.ts";
import { userScheduleClaims, userScheduled } from "../../store/keys.ts";
import type { Kv } from "../../store/kv.ts";
import type { Due } from "../deeds/due.ts";
import type { Inbox } from "../inbox/inbox.ts";
import { checkContent, storedContent } from "./content.ts";
import { isNewFile, type NewFileContent, storedFileBody } from "./file-content.ts";
import { checkClientIdAge } from "./sending.ts";

/** A version of a scheduled message: what is to be sent, or that nothing is any more. */
export interface ScheduleArgs {
  readonly userId: UserId;
  readonly clientId: ClientId;
  readonly write: VersionedWrite;
  /** The version that it takes the place of. */
  readonly replaces: number | null;
  /** When it is to be sent; null for a removal. */
  readonly at: number | null;
  /** Files of this version and of the one before. */
  readonly files?: readonly string[];
}

export interface SchedulingParts {
  readonly store: Kv;
  readonly clock: Clock;
  readonly inbox: Inbox;
  readonly due: () => Due;
  /** Sends as if the person sent now, whatever the age of the clientId. */
  readonly send: (sender: UserId, message: Params<"message.send">) => Promise<unknown>;
  /** Files of what is to be sent stay until then. */
  readonly files: LaterFiles;
  /** Runs the deed `apply` behind an intent. */
  readonly deed: (args: ScheduleArgs) => Promise<boolean>;
}

export interface LaterFiles {
  /** Throws when it is no complete file of the person. */
  check(userId: UserId, content: NewFileContent): Promise<void>;
  keep(fileId: string, clientId: ClientId): Promise<void>;
  /** Idempotent. */
  release(fileId: string, clientId: ClientId): Promise<void>;
}

interface ScheduledRecord {
  readonly chatId: ChatId;
  readonly at: number;
  readonly content: NewContent;
  readonly failed?: string;
}

/** Who may decide about a version: its sending, or the version that replaces it. */
const SENDING = "sending";
/** The kind of timed deed. */
export const SCHEDULED = "scheduled";

/**
 * Messages that are to be sent later. The record is versioned (records/versioned.ts); a version is either sent or
 * replaced, whichever claims it first, so that nobody is told that a message was taken back that is sent all the same.
 */
export class Scheduling {
  readonly #parts: SchedulingParts;

  constructor(parts: SchedulingParts) {
    this.#parts = parts;
  }

  async schedule(userId: UserId, { at, chatId, clientId, ...given }: Params<"message.schedule">): Promise<void> {
    const { store, clock } = this.#parts;
    const now = clock.now();
    if (at <= now || at > now + limits.SCHEDULE_AHEAD_MAX_MS) throw new ReplyError("SCHEDULE_INVALID");
    const content = contentOf(given, now);
    if (isNewFile(content)) await this.#parts.files.check(userId, content);
    const [{ latest, outdated }, sent] = await Promise.all([
      readVersioned(store, userScheduled(userId), now),
      readClaim(store, chatId, userId, clientId),
      requireMember(store, chatId, userId),
    ]);
    const known = latest.get(clientId);
    const value = JSON.stringify({ chatId, at, content } satisfies ScheduledRecord);
    if (known?.value === value) return;
    if (sent !== null) throw new ReplyError("TOO_LATE");
    const present = presentValues(latest);
    if (!present.has(clientId)) checkClientIdAge(clientId, now);
    const all = new Map([...present, [clientId, value]]);
    // One reply lists them all.
    if (all.size > limits.SCHEDULED_MAX || jsonBytes(all.values()) > limits.REPLY_MAX_BYTES) {
      throw new ReplyError("LIMIT_REACHED");
    }
    const done = await this.#replace(userId, clientId, { known, value, at, outdated });
    if (!done) throw new ReplyError("TOO_LATE");
  }

  async unschedule(userId: UserId, clientId: ClientId): Promise<void> {
    const { store, clock } = this.#parts;
    const { latest, outdated } = await readVersioned(store, userScheduled(userId), clock.now());
    const known = latest.get(clientId);
    if (known === undefined || known.value === null) throw new ReplyError("NOT_FOUND");
    const done = await this.#replace(userId, clientId, { known, value: null, at: null, outdated });
    if (!done) throw new ReplyError("NOT_FOUND");
  }

  async list(userId: UserId): Promise<ScheduledMessage[]> {
    const { store, clock } = this.#parts;
    const { latest } = await readVersioned(store, userScheduled(userId), clock.now());
    const messages = [...presentValues(latest)].map(([clientId, value]) => ({ clientId, ...recordOf(value) }));
    return messages.sort((a, b) => a.at - b.at);
  }

  /** False when the version that it was to replace is being sent. */
  async apply({ userId, clientId, write, replaces, at, files = [] }: ScheduleArgs): Promise<boolean> {
    const { store, inbox, due } = this.#parts;
    if (replaces !== null && !(await this.#claim(userId, clientId, replaces, String(write.version)))) return false;
    await applyWrite(store, userScheduled(userId), write);
    for (const fileId of files) await this.#keepOrRelease(userId, clientId, fileId);
    if (at !== null) await due().add(SCHEDULED, dueName(userId, clientId, write.version), at);
    await inbox.put(userId, { kind: "scheduled", clientId });
    await this.#tidyClaims(userId);
    return true;
  }

  /** The timed deed. Sends at most once: again after a crash, the clientId finds what was sent. */
  async send(name: string): Promise<void> {
    const { store, clock, inbox } = this.#parts;
    const { userId, clientId, version } = parseDueName(name);
    const now = clock.now();
    const { latest, outdated } = await readVersioned(store, userScheduled(userId), now);
    const known = latest.get(clientId);
    if (known?.version === version && known.value !== null) {
      if (!(await this.#claim(userId, clientId, version, SENDING))) return;
      const record = recordOf(known.value);
      const failed = await this.#trySend(userId, clientId, record, now);
      const [fileId] = failed === null ? filesOf(record.content) : [];
      // While this version is there: who dies here comes back.
      if (fileId !== undefined) await this.#parts.files.release(fileId, clientId);
      const value = failed === null ? null : JSON.stringify({ ...record, failed } satisfies ScheduledRecord);
      const after = await drawVersion(store, userScheduled(userId));
      const fields = [...outdated, `${clientId}#${version}`];
      await applyWrite(store, userScheduled(userId), {
        subject: clientId,
        version: after,
        value,
        at: now,
        outdated: fields,
      });
    }
    // Also when it was done before: whoever did it may have died before this.
    await inbox.put(userId, { kind: "scheduled", clientId });
  }

  async #replace(
    userId: UserId,
    clientId: ClientId,
    {
      known,
      value,
      at,
      outdated,
    }: { known: Versioned | undefined; value: string | null; at: number | null; outdated: readonly string[] },
  ): Promise<boolean> {
    const { store, clock, deed } = this.#parts;
    const version = await drawVersion(store, userScheduled(userId));
    const replaces = known === undefined || known.value === null ? null : known.version;
    const fields = known === undefined ? outdated : [...outdated, `${clientId}#${known.version}`];
    const write = { subject: clientId, version, value, at: clock.now(), outdated: fields };
    const files = [known?.value ?? null, value].flatMap((text) =>
      text === null ? [] : filesOf(recordOf(text).content),
    );
    return deed({ userId, clientId, write, replaces, at, ...(files.length === 0 ? {} : { files }) });
  }

  /** By the version that counts: a deed that is replayed late keeps nothing that a later one gave up. */
  async #keepOrRelease(userId: UserId, clientId: ClientId, fileId: string): Promise<void> {
    const { store, clock, files } = this.#parts;
    await files.keep(fileId, clientId);
    const { latest } = await readVersioned(store, userScheduled(userId), clock.now());
    const value = latest.get(clientId)?.value ?? null;
    if (value === null || !filesOf(recordOf(value).content).includes(fileId)) await files.release(fileId, clientId);
  }

  /** Null when it is sent, else why it never will be. Throws when it may be later. */
  async #trySend(userId: UserId, clientId: ClientId, { chatId, at, content }: ScheduledRecord, now: number) {
    // The store may have forgotten by now that it was sent.
    if (at < now - limits.CLIENT_ID_MAX_AGE_MS) return "CLIENT_ID_EXPIRED";
    try {
      await this.#parts.send(userId, { chatId, clientId, ...content } as Params<"message.send">);
      return null;
    } catch (error) {
      if (!(error instanceof ReplyError) || error.retry) throw error;
      return error.name;
    }
  }

  /** True for one claimant, however often it asks. */
  async #claim(userId: UserId, clientId: ClientId, version: number, who: string): Promise<boolean> {
    const { store } = this.#parts;
    const [key, field] = [userScheduleClaims(userId), `${clientId}#${version}`];
    return (await store.hashSetNx(key, field, who)) || (await store.hashGet(key, field)) === who;
  }

  /** Claims decide about versions that are remembered; of the others there is nothing to decide. */
  async #tidyClaims(userId: UserId): Promise<void> {
    const { store, clock } = this.#parts;
    const claims = Object.keys(await store.hashGetAll(userScheduleClaims(userId)));
    if (claims.length <= CLAIMS_TIDIED_FROM) return;
    const { latest } = await readVersioned(store, userScheduled(userId), clock.now());
    const idle = claims.filter((field) => !latest.has(field.slice(0, field.lastIndexOf("#"))));
    if (idle.length > 0) await store.hashDelete(userScheduleClaims(userId), ...idle);
  }
}

/** More claims than there are scheduled messages: some are of messages that were sent long ago. */
const CLAIMS_TIDIED_FROM = 2 * limits.SCHEDULED_MAX;

/** What can be checked now is; everything else when it is sent, by the rules of then. */
function contentOf(given: NewContent, now: number): NewContent {
  if (given.kind === "contact") return { kind: given.kind, body: given.body };
  if (given.kind === "forward") return { kind: given.kind, body: given.body };
  if (isNewFile(given)) return { kind: given.kind, body: storedFileBody(given.body) };
  const content = storedContent(given);
  checkContent(content, now);
  return content as NewContent;
}

function filesOf(content: NewContent): string[] {
  return isNewFile(content) ? [content.body.fileId] : [];
}

function recordOf(value: string): ScheduledRecord {
  return JSON.parse(value) as ScheduledRecord;
}

function dueName(userId: UserId, clientId: ClientId, version: number): string {
  return `${userId}:${clientId}:${version}`;
}

function parseDueName(name: string): { userId: UserId; clientId: ClientId; version: number } {
  const [userId = "", clientId = "", version] = name.split(":");
  return { userId, clientId, version: Number(version) };
}
