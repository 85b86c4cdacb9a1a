import { type ChatId, type Clock, type Params, ReplyError, type UserId } from "@parley/protocol";
import type { BusMessage } from "../../bus/bus.ts";
import { highestMarkers, markerField } from "../../records/markers.ts";
import { requireMember } from "../../records/membership.ts";
import { chatDelivered, chatLog, chatMembers, chatRead, userRead } from "../../store/keys.ts";
import type { Kv } from "../../store/kv.ts";
import type { Inbox } from "../inbox/inbox.ts";

export interface MarkersParts {
  readonly store: Kv;
  readonly clock: Clock;
  readonly nodeId: string;
  readonly inbox: Inbox;
  readonly announce: (message: BusMessage) => void;
  /** Whether a node is gone for good, and with it the fields that it alone could write. */
  readonly isForgotten: (nodeId: string) => boolean;
}

/** Events of one chat that come within this time are told once for each person. */
const GATHER_MS = 100;
/** In larger chats nobody is told live who has read what: each message would be told by everybody to everybody. */
const LIVE_MEMBERS_MAX = 128;
/** Fields of a chat's delivered markers that are read at once: several lives of nodes for each member. */
const FIELDS_MAX = 16 * LIVE_MEMBERS_MAX;
/** Markers remembered, so that one that does not move forward costs nothing; forgetting one costs a write. */
const REMEMBERED_MAX = 50_000;

/** How far somebody has come in a chat, as this node knows. */
interface Progress {
  read: number;
  delivered: number;
  /** The read marker that this node is sure to have told to the user's other devices. */
  noticed: number;
  /** Until it is over, what is known here may not be in the store. */
  writing: Promise<void>;
}

/** Read and delivered markers; see records/markers.ts for how they are kept from going back. */
export class Markers {
  readonly #parts: MarkersParts;
  /** `userId:chatId`, the ones moved the longest ago first. */
  readonly #progress = new Map<string, Progress>();
  readonly #untold = new Map<string, { readonly chatId: ChatId; readonly userId: UserId }>();
  #stopTimer: (() => void) | null = null;

  constructor(parts: MarkersParts) {
    this.#parts = parts;
  }

  async read(userId: UserId, { chatId, seq }: Params<"message.markRead">): Promise<void> {
    const { nodeId, inbox } = this.#parts;
    const { told } = await this.#check(userId, chatId, seq);
    const { progress, outlived } = await this.#progressOf(userId, chatId);
    // Asked again while the first write is on its way: nobody is told what is not stored.
    if (seq <= progress.read) await progress.writing;
    // Written but not surely told: who asks again may have been cut off between the two, here or at a node that died.
    const untold = seq === progress.read && progress.noticed < seq;
    if (seq <= progress.read && !untold) return;
    // What only the field of a node that is gone says is written anew, before that field goes.
    if (!untold || outlived.length > 0) {
      progress.read = seq;
      progress.delivered = Math.max(progress.delivered, seq);
      await this.#write(progress, userId, chatId, [
        [userRead(userId), markerField(chatId, nodeId), seq],
        [chatRead(chatId), markerField(userId, nodeId), seq],
      ]);
    }
    await inbox.put(userId, { kind: "read", chatId, seq });
    progress.noticed = Math.max(progress.noticed, seq);
    if (told) this.#tell(userId, chatId);
    if (outlived.length > 0) await this.#tidy(userId, chatId, outlived);
  }

  async delivered(userId: UserId, { chatId, seq }: Params<"message.markDelivered">): Promise<void> {
    const { nodeId } = this.#parts;
    const { told } = await this.#check(userId, chatId, seq);
    if (!told) return;
    const { progress } = await this.#progressOf(userId, chatId);
    if (seq <= progress.delivered) return progress.writing;
    progress.delivered = seq;
    await this.#write(progress, userId, chatId, [[chatDelivered(chatId), markerField(userId, nodeId), seq]]);
    this.#tell(userId, chatId);
  }

  /** The store may have lost what was written last. */
  forget(): void {
    this.#progress.clear();
  }

  stop(): void {
    this.#stopTimer?.();
  }

  /** Whether it is a chat in which such things are told live. */
  async #check(userId: UserId, chatId: ChatId, seq: number): Promise<{ readonly told: boolean }> {
    const { store } = this.#parts;
    const [, head, memberships] = await Promise.all([
      requireMember(store, chatId, userId),
      store.listLength(chatLog(chatId)),
      store.hashLength(chatMembers(chatId)),
    ]);
    if (seq > head) throw new ReplyError("SEQ_OUT_OF_RANGE");
    // Nobody's membership of the lobby is written down.
    return { told: memberships > 0 && memberships <= LIVE_MEMBERS_MAX };
  }

  /** What other nodes wrote is read once, so that this node's field never stands for less. */
  async #progressOf(userId: UserId, chatId: ChatId): Promise<{ progress: Progress; outlived: readonly string[] }> {
    const key = progressKey(userId, chatId);
    const known = this.#progress.get(key);
    if (known !== undefined) return { progress: known, outlived: [] };
    const { store, isForgotten } = this.#parts;
    const [ownChats, allDelivered] = await Promise.all([
      store.hashGetAll(userRead(userId)),
      store
        .hashLength(chatDelivered(chatId))
        .then((n) => (n > FIELDS_MAX ? {} : store.hashGetAll(chatDelivered(chatId)))),
    ]);
    const read = highestMarkers(ownChats).get(chatId) ?? 0;
    const delivered = Math.max(read, highestMarkers(allDelivered).get(userId) ?? 0);
    const progress = this.#progress.get(key) ?? { read, delivered, noticed: 0, writing: Promise.resolve() };
    this.#progress.set(key, progress);
    if (this.#progress.size > REMEMBERED_MAX) this.#progress.delete(this.#progress.keys().next().value ?? key);
    const nodes = Object.keys(ownChats).filter((field) => field.startsWith(`${chatId}:`));
    return { progress, outlived: nodes.map((field) => field.slice(chatId.length + 1)).filter(isForgotten) };
  }

  /** A write that fails may have been applied or not: what is remembered is read anew the next time. */
  async #write(
    progress: Progress,
    userId: UserId,
    chatId: ChatId,
    fields: readonly [key: string, field: string, seq: number][],
  ) {
    const { store } = this.#parts;
    const written = fields.map(([key, field, seq]) => store.hashSet(key, field, String(seq)));
    const writing = Promise.all([progress.writing, ...written]).then(() => {});
    progress.writing = writing;
    try {
      await writing;
    } catch (error) {
      const key = progressKey(userId, chatId);
      if (this.#progress.get(key) === progress) this.#progress.delete(key);
      throw error;
    }
  }

  /** Fields of nodes that are gone stand for less than the one that was just written. */
  async #tidy(userId: UserId, chatId: ChatId, nodeIds: readonly string[]): Promise<void> {
    const { store } = this.#parts;
    await Promise.all([
      store.hashDelete(userRead(userId), ...nodeIds.map((nodeId) => markerField(chatId, nodeId))),
      store.hashDelete(chatRead(chatId), ...nodeIds.map((nodeId) => markerField(userId, nodeId))),
      store.hashDelete(chatDelivered(chatId), ...nodeIds.map((nodeId) => markerField(userId, nodeId))),
    ]);
  }

  #tell(userId: UserId, chatId: ChatId): void {
    this.#untold.set(progressKey(userId, chatId), { chatId, userId });
    this.#stopTimer ??= this.#parts.clock.after(GATHER_MS, () => {
      this.#stopTimer = null;
      for (const [key, who] of this.#untold) {
        const progress = this.#progress.get(key);
        if (progress === undefined) continue;
        const { read, delivered } = progress;
        this.#parts.announce({ kind: "read", ...who, read, delivered });
      }
      this.#untold.clear();
    });
  }
}

const progressKey = (userId: UserId, chatId: ChatId) => `${userId}:${chatId}`;
