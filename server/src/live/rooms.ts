import type { ChatId, SystemBody, UserId } from "@parley/protocol";
import { fromSeqOf, readChatInfo } from "../records/chat-info.ts";
import { readHead, readSystem } from "../records/entry.ts";
import { chatLog } from "../store/keys.ts";
import type { Kv } from "../store/kv.ts";
import type { EncodedEvent } from "./caller.ts";
import { entryEvent, event } from "./event.ts";
import type { LocalUser } from "./local-user.ts";
import { OrderedStream } from "./ordered-stream.ts";

/** A chat with members on this node. */
export interface Room {
  readonly chatId: ChatId;
  readonly entries: OrderedStream;
  readonly seats: Map<UserId, Seat>;
  /** Those who are about to take a seat: the room is theirs, too. */
  readonly arrivals: Set<Arrival>;
}

/** Somebody who comes to a chat, and hears nothing of it yet. */
export interface Arrival extends Seat {
  readonly room: Room;
  /** The entry that the room has delivered meanwhile and that ended their membership; 0: none. */
  endedSeq: number;
}

interface Seat {
  readonly user: LocalUser;
  /** Entries before are not theirs to see. */
  readonly joinedSeq: number;
}

/** The chats that this node serves: each exists as long as a member is connected here. */
export class Rooms {
  readonly #store: Kv;
  readonly #onGone: (userId: UserId) => void;
  readonly #rooms = new Map<ChatId, Room>();
  /** Counts the epochs of the store. */
  #life = 0;

  /** `onGone`: somebody, here or elsewhere, has stopped to be a member of a chat that is served here. */
  constructor(store: Kv, onGone: (userId: UserId) => void) {
    this.#store = store;
    this.#onGone = onGone;
  }

  /** To be followed by `sit` or `depart`, whatever becomes of it. */
  arrive(user: LocalUser, chatId: ChatId, joinedSeq: number): Arrival {
    const room = this.#rooms.get(chatId) ?? this.#open(chatId);
    const arrival = { room, user, joinedSeq, endedSeq: 0 };
    room.arrivals.add(arrival);
    return arrival;
  }

  /** Resolves when the room delivers everything that is appended from then on. */
  async opened({ room: { chatId, entries } }: Arrival): Promise<void> {
    if (entries.delivered === null) entries.begin(await this.#head(chatId));
  }

  /** Takes a place in a chat of which they were a member after it was opened, unless the room has heard of their end since. */
  sit(arrival: Arrival): void {
    const { room, user, joinedSeq, endedSeq } = arrival;
    if (endedSeq <= joinedSeq) this.#seat(room, user, joinedSeq);
    this.depart(arrival);
  }

  depart(arrival: Arrival): void {
    arrival.room.arrivals.delete(arrival);
    this.#closeIfEmpty(arrival.room);
  }

  /** Takes a place in a chat that is new to the user, and delivers it from its first entry on, or from the one they are to hear next. */
  async join(user: LocalUser, chatId: ChatId, joinedSeq: number, heardNext = joinedSeq): Promise<void> {
    const life = this.#life;
    const opened = this.#rooms.get(chatId);
    if (opened === undefined) {
      const { entries } = this.#seat(this.#open(chatId), user, joinedSeq);
      entries.begin(Math.max(0, heardNext - 1));
      entries.catchUp(await this.#head(chatId));
      return;
    }
    // What the room has delivered they have heard there, also when they were let in once more as a member.
    if (opened.seats.get(user.userId)?.user === user) {
      this.#seat(opened, user, joinedSeq);
      return;
    }
    if (opened.entries.delivered === null) opened.entries.begin(await this.#head(chatId));
    // What the room has delivered already is made up for before the seat is taken, so that it comes first.
    let next = Math.max(1, heardNext);
    while (next <= (opened.entries.delivered ?? 0)) {
      const texts = await this.#store.listRange(chatLog(chatId), next - 1, (opened.entries.delivered ?? 0) - 1);
      if (life !== this.#life) return;
      if (texts.length === 0) break;
      for (const text of texts) {
        user.push(entryEvent(chatId, next++, text));
        // Removed while the room went on without them: what follows is not theirs, and the seat neither (S8).
        if (endsMembership(text, user.userId)) return;
      }
    }
    if (life !== this.#life) return;
    // Everybody else may have left meanwhile, and the room with them.
    if (this.#rooms.get(chatId) === opened) this.#seat(opened, user, joinedSeq);
    else await this.join(user, chatId, joinedSeq, next);
  }

  /** Gives the place up, unless it was taken again by an entry after `seq`. */
  leave(user: LocalUser, chatId: ChatId, seq: number): void {
    const room = this.#rooms.get(chatId);
    const seat = room?.seats.get(user.userId);
    // A user who went and came back has another seat by now.
    if (room === undefined || seat?.user !== user || seat.joinedSeq > seq) return;
    user.chats.delete(chatId);
    room.seats.delete(user.userId);
    this.#closeIfEmpty(room);
  }

  leaveAll(user: LocalUser): void {
    for (const chatId of [...user.chats]) this.leave(user, chatId, Number.MAX_SAFE_INTEGER);
  }

  /** A new entry, told by who appended it. */
  entry(chatId: ChatId, seq: number, text: string): void {
    this.#rooms.get(chatId)?.entries.offer(seq, text);
  }

  /** What has no place in the log: to everybody of the chat who is here. */
  push(chatId: ChatId, encoded: EncodedEvent, except?: UserId): void {
    for (const [userId, { user }] of this.#rooms.get(chatId)?.seats ?? []) {
      if (userId !== except) user.push(encoded);
    }
  }

  /** The users of the chat who are here. */
  *usersOf(chatId: ChatId): Iterable<LocalUser> {
    for (const { user } of this.#rooms.get(chatId)?.seats.values() ?? []) yield user;
  }

  /** The same about one entry: only to those who may read it. Who came later may where the group says so. */
  async pushAbout(chatId: ChatId, seq: number, encoded: EncodedEvent): Promise<void> {
    const later: Seat[] = [];
    for (const seat of this.#rooms.get(chatId)?.seats.values() ?? []) {
      if (seq >= seat.joinedSeq) seat.user.push(encoded);
      else later.push(seat);
    }
    if (later.length === 0) return;
    const info = await readChatInfo(this.#store, chatId);
    for (const seat of later) {
      const stays = this.#rooms.get(chatId)?.seats.get(seat.user.userId) === seat;
      if (stays && seq >= fromSeqOf(info, seat)) seat.user.push(encoded);
    }
  }

  has(chatId: ChatId): boolean {
    return this.#rooms.has(chatId);
  }

  /** A length that the log is known to have had. */
  knownLength(chatId: ChatId): number | null {
    return this.#rooms.get(chatId)?.entries.delivered ?? null;
  }

  /** Looks at the heads of the chats and fetches what the bus lost. */
  async catchUp(concerned: (chatId: ChatId) => boolean): Promise<void> {
    const rooms = [...this.#rooms.values()].filter((room) => concerned(room.chatId));
    for (let from = 0; from < rooms.length; from += HEADS_AT_ONCE) {
      await Promise.all(
        rooms.slice(from, from + HEADS_AT_ONCE).map(async ({ chatId, entries }) => {
          entries.begin(await this.#head(chatId));
        }),
      );
    }
  }

  /** Who is in one of these chats and connected here. */
  seated(concerned: (chatId: ChatId) => boolean): Set<UserId> {
    const rooms = [...this.#rooms.values()].filter((room) => concerned(room.chatId));
    return new Set(rooms.flatMap(({ seats }) => [...seats.keys()]));
  }

  /** The store has a new epoch: no length that was known and no seat counts any more. Who is here takes another one. */
  forget(): void {
    this.#life += 1;
    for (const room of this.#rooms.values()) {
      room.entries.forget();
      for (const { user } of room.seats.values()) user.chats.delete(room.chatId);
      room.seats.clear();
      this.#closeIfEmpty(room);
    }
  }

  #closeIfEmpty(room: Room): void {
    const { chatId, seats, arrivals } = room;
    if (seats.size === 0 && arrivals.size === 0 && this.#rooms.get(chatId) === room) this.#rooms.delete(chatId);
  }

  #head(chatId: ChatId): Promise<number> {
    return this.#store.listLength(chatLog(chatId));
  }

  #seat(room: Room, user: LocalUser, joinedSeq: number): Room {
    const seated = room.seats.get(user.userId);
    if (seated?.user !== user || seated.joinedSeq < joinedSeq) room.seats.set(user.userId, { user, joinedSeq });
    user.chats.add(room.chatId);
    return room;
  }

  #open(chatId: ChatId): Room {
    const room: Room = {
      chatId,
      seats: new Map(),
      arrivals: new Set(),
      entries: new OrderedStream({
        fetch: (from, to) => this.#store.listRange(chatLog(chatId), from - 1, to - 1),
        deliver: (seq, text) => this.#deliver(room, seq, text),
      }),
    };
    this.#rooms.set(chatId, room);
    return room;
  }

  /** Who is removed sees the entry that says so, and nothing after it (S8). */
  #deliver(room: Room, seq: number, text: string): void {
    const { chatId, seats, arrivals } = room;
    const encoded = entryEvent(chatId, seq, text);
    for (const { user, joinedSeq } of seats.values()) if (seq >= joinedSeq) user.push(encoded);
    const system = readSystem(text);
    if (system === null) return;
    for (const userId of peopleOf(system, text)) {
      const change = CHANGES[system.event] ?? "changed";
      this.push(chatId, event("member.changed", { chatId, userId, change, seq }, chatId));
    }
    if (system.event === "removed" || system.event === "left") this.#end(room, system.userId, seq);
    if (system.event === "deleted") {
      const people = [...seats.values(), ...arrivals].map(({ user }) => user.userId);
      for (const userId of new Set(people)) this.#end(room, userId, seq);
    }
  }

  #end({ chatId, seats, arrivals }: Room, userId: UserId, seq: number): void {
    for (const arrival of arrivals) if (arrival.user.userId === userId) arrival.endedSeq = seq;
    const seat = seats.get(userId);
    if (seat !== undefined) this.leave(seat.user, chatId, seq);
    this.#onGone(userId);
  }
}

const CHANGES: Partial<Record<SystemBody["event"], "added" | "removed" | "left">> = {
  added: "added",
  removed: "removed",
  left: "left",
};

/** Whose membership, role or voice is another one after this entry. */
function peopleOf(system: SystemBody, text: string): readonly UserId[] {
  switch (system.event) {
    case "added":
    case "removed":
    case "left":
    case "role":
    case "muted":
      return [system.userId];
    case "transferred":
      return [system.userId, readHead(text)?.sender ?? system.userId];
    default:
      return [];
  }
}

function endsMembership(text: string, userId: UserId): boolean {
  const system = readSystem(text);
  if (system?.event === "deleted") return true;
  return (system?.event === "removed" || system?.event === "left") && system.userId === userId;
}

/** Reads of one round, so that thousands of open chats do not queue before the next send. */
const HEADS_AT_ONCE = 500;
