import { type Clock, ReplyError, type UserId } from "@parley/protocol";
import type { Session } from "../../live/caller.ts";
import { readChat } from "../../records/chat-record.ts";
import { chatsOf, findMember, membersOf } from "../../records/membership.ts";
import { chatLog, userFiles, userKey } from "../../store/keys.ts";
import type { Kv } from "../../store/kv.ts";
import type { Deletion } from "./deletion.ts";
import { HANDLE, type Names } from "./names.ts";
import type { EndedWhy } from "./revocations.ts";
import { DISABLED, type ListedDevice, type Sessions } from "./sessions.ts";

export interface AdministrationParts {
  readonly store: Kv;
  readonly clock: Clock;
  readonly names: Names;
  readonly sessions: Sessions;
  readonly deletion: Deletion;
  readonly revoke: (sessions: readonly Session[], why: EndedWhy) => Promise<void>;
}

/** What an operator sees of somebody. */
export interface SeenUser {
  readonly userId: UserId;
  readonly handle: string;
  readonly displayName: string;
  readonly email: string | null;
  readonly createdAt: number;
  /** Since when; null: not. */
  readonly disabledAt: number | null;
  readonly devices: readonly ListedDevice[];
  readonly chats: number;
  /** Groups that are theirs: they have to go, or to be handed over, before the account is deleted. */
  readonly owned: readonly string[];
  /** At least what their files take. */
  readonly fileBytes: number;
}

export interface SeenGroup {
  readonly chatId: string;
  readonly name: string;
  readonly kind: "group" | "lobby";
  readonly owner: UserId | null;
  readonly members: number;
  readonly entries: number;
}

export interface Numbers {
  readonly users: number;
  readonly directChats: number;
  readonly groups: number;
  /** System entries among them. */
  readonly entries: number;
  readonly files: number;
}

const USER = /^u:\{([^}]+)\}$/;
const CHAT = /^c:\{([^}]+)\}$/;
const FILE = /^f:\{([^}]+)\}$/;
/** Chats that are counted together. */
const AT_ONCE = 100;

/** What the operator of a server may do to others. Each goes the way of the deed that people do themselves. */
export class Administration {
  readonly #parts: AdministrationParts;

  constructor(parts: AdministrationParts) {
    this.#parts = parts;
  }

  /** Ids of accounts, deleted ones left out. A long look at a large store. */
  async *users(): AsyncIterable<{ readonly userId: UserId; readonly handle: string; readonly disabled: boolean }> {
    const { store } = this.#parts;
    for await (const userId of distinct(store.keyScan("u:{"), USER)) {
      const [handle, disabled] = await store.hashGetMany(userKey(userId), [HANDLE.field, DISABLED]);
      if (typeof handle === "string") yield { userId, handle, disabled: typeof disabled === "string" };
    }
  }

  /** Throws `NOT_FOUND`. */
  async user(handle: string): Promise<SeenUser> {
    const { store, sessions } = this.#parts;
    const userId = await this.#idOf(handle);
    const [record, devices, chats, total] = await Promise.all([
      store.hashGetAll(userKey(userId)),
      sessions.devices(userId, ""),
      chatsOf(store, userId),
      store.hashGet(userFiles(userId), "total"),
    ]);
    const owned: string[] = [];
    for (const { chatId, peerId } of chats) {
      if (peerId === null && (await findMember(store, chatId, userId))?.role === "owner") owned.push(chatId);
    }
    return {
      userId,
      handle: record.handle ?? handle,
      displayName: record.displayName ?? handle,
      email: record.email || null,
      createdAt: Number(record.createdAt),
      disabledAt: record[DISABLED] === undefined ? null : Number(record[DISABLED]),
      devices,
      chats: chats.length,
      owned,
      fileBytes: Number(total ?? 0),
    };
  }

  /** Answers how many sessions ended. Nobody signs in as the user until `enable`. */
  async disable(handle: string): Promise<number> {
    const { store, clock } = this.#parts;
    const userId = await this.#idOf(handle);
    // First: a device that signs in meanwhile is let in before, and ended with the others, or not at all.
    await store.hashSetNx(userKey(userId), DISABLED, String(clock.now()));
    return this.#endSessions(userId);
  }

  /** False: the account was not disabled. */
  async enable(handle: string): Promise<boolean> {
    const userId = await this.#idOf(handle);
    return (await this.#parts.store.hashDelete(userKey(userId), DISABLED)) === 1;
  }

  async endSessions(handle: string): Promise<number> {
    return this.#endSessions(await this.#idOf(handle));
  }

  /** Throws `OWNS_GROUPS`. */
  async delete(handle: string): Promise<void> {
    const userId = await this.#idOf(handle);
    await this.#parts.deletion.delete({ userId, deviceId: "", sessionId: "" });
  }

  async *groups(): AsyncIterable<SeenGroup> {
    for await (const chatId of distinct(this.#parts.store.keyScan("c:{"), CHAT)) {
      const group = await this.#group(chatId);
      if (group !== null) yield group;
    }
  }

  /** Throws `CHAT_NOT_FOUND`, also for what is no group. */
  async group(chatId: string): Promise<SeenGroup> {
    const group = await this.#group(chatId);
    if (group === null) throw new ReplyError("CHAT_NOT_FOUND");
    return group;
  }

  /** A long look at a large store. */
  async count(): Promise<Numbers> {
    const { store } = this.#parts;
    const numbers = { users: 0, directChats: 0, groups: 0, entries: 0, files: 0 };
    for await (const _ of this.users()) numbers.users += 1;
    for await (const _ of distinct(store.keyScan("f:{"), FILE)) numbers.files += 1;
    let some: string[] = [];
    const add = async () => {
      const chats = await Promise.all(
        some.map(async (chatId) => [await readChat(store, chatId), await store.listLength(chatLog(chatId))] as const),
      );
      for (const [chat, length] of chats) {
        if (chat?.kind === "direct") numbers.directChats += 1;
        else if (chat !== null) numbers.groups += 1;
        numbers.entries += length;
      }
      some = [];
    };
    for await (const chatId of distinct(store.keyScan("c:{"), CHAT)) {
      if (some.push(chatId) >= AT_ONCE) await add();
    }
    await add();
    return numbers;
  }

  async #group(chatId: string): Promise<SeenGroup | null> {
    const { store } = this.#parts;
    const chat = await readChat(store, chatId);
    if (chat === null || chat.kind === "direct") return null;
    const [members, entries] = await Promise.all([membersOf(store, chatId), store.listLength(chatLog(chatId))]);
    // Nobody belongs to one that was deleted.
    if (chat.kind === "group" && members.length === 0) return null;
    const owner = members.find(({ role }) => role === "owner")?.userId ?? null;
    return { chatId, name: chat.name, kind: chat.kind, owner, members: members.length, entries };
  }

  async #endSessions(userId: UserId): Promise<number> {
    const { sessions, revoke } = this.#parts;
    const devices = await sessions.devices(userId, "");
    await revoke(
      devices.map(({ deviceId, sessionId }) => ({ userId, deviceId, sessionId })),
      "revoked",
    );
    return devices.length;
  }

  async #idOf(handle: string): Promise<UserId> {
    const userId = await this.#parts.names.ownerOf(HANDLE, handle);
    if (userId === null) throw new ReplyError("NOT_FOUND");
    return userId;
  }
}

/** A scan may name a key twice; those that follow on each other are named once, and few are far apart. */
async function* distinct(keys: AsyncIterable<string>, form: RegExp): AsyncGenerator<string> {
  const lately = new Set<string>();
  for await (const key of keys) {
    const id = form.exec(key)?.[1];
    if (id === undefined || lately.has(id)) continue;
    lately.add(id);
    if (lately.size > LATELY_MAX) lately.delete(lately.values().next().value ?? "");
    yield id;
  }
}
/** About what one step of a scan may repeat. */
const LATELY_MAX = 10_000;
