import {
  type Chat,
  type ChatId,
  type ClientId,
  type Clock,
  type Params,
  type Random,
  ReplyError,
  type Role,
  type SystemBody,
  type UserId,
} from "@parley/protocol";
import { readChat, viewChat, writeChat } from "../../records/chat-record.ts";
import {
  findMember,
  type Membership,
  membersOf,
  requireMember,
  writeGone,
  writeJoined,
} from "../../records/membership.ts";
import { readCard } from "../../records/user-record.ts";
import type { Kv } from "../../store/kv.ts";
import { newId, newUuid } from "../ids.ts";
import type { Inbox } from "../inbox/inbox.ts";
import type { ChatLogs } from "../messages/chat-logs.ts";
import { checkChatsOf, checkGroup } from "./quota.ts";

/** An entry that a deed appends: its id is chosen once, so that a repeated deed finds it. */
interface EntryArgs {
  readonly chatId: ChatId;
  /** Who does it. */
  readonly actor: UserId;
  readonly clientId: ClientId;
  readonly at: number;
}

export interface CreateGroupArgs extends EntryArgs {
  readonly name: string;
  /** Without the actor, who becomes the owner. */
  readonly members: readonly UserId[];
}

export interface MemberArgs extends EntryArgs {
  readonly userId: UserId;
}

export interface GroupsParts {
  readonly store: Kv;
  readonly clock: Clock;
  readonly random: Random;
  readonly inbox: Inbox;
  readonly logs: ChatLogs;
  /** The deeds below, with an intent around each. */
  readonly deeds: {
    readonly createGroup: (args: CreateGroupArgs) => Promise<void>;
    readonly addMember: (args: MemberArgs) => Promise<number>;
    readonly endMembership: (args: MemberArgs) => Promise<number>;
  };
}

/** Who may add people, and whom each may remove. */
const MAY_ADD: readonly Role[] = ["owner", "admin"];
const MAY_REMOVE: Readonly<Record<Role, readonly Role[]>> = {
  owner: ["admin", "member"],
  admin: ["member"],
  member: [],
};

/** Groups and their members. The truth about membership is the log; each deed appends there first, then indexes. */
export class Groups {
  readonly #parts: GroupsParts;

  constructor(parts: GroupsParts) {
    this.#parts = parts;
  }

  async create(owner: UserId, { name, members }: Params<"chat.createGroup">): Promise<Chat> {
    const { store, random, deeds } = this.#parts;
    const others = [...new Set(members)].filter((userId) => userId !== owner);
    await Promise.all([owner, ...others].map((userId) => this.#checkPerson(userId)));
    const args = { ...this.#entry(newId(random), owner), name: name.trim() || name, members: others };
    await deeds.createGroup(args);
    return viewChat(store, args.chatId, await requireMember(store, args.chatId, owner));
  }

  /** Answers the seq of the entry. */
  async add(actor: UserId, { chatId, userId }: Params<"member.add">): Promise<number> {
    const { store, deeds } = this.#parts;
    const { role } = await this.#groupMember(chatId, actor);
    if (!MAY_ADD.includes(role)) throw new ReplyError("FORBIDDEN");
    if ((await findMember(store, chatId, userId)) !== null) throw new ReplyError("ALREADY_MEMBER");
    await this.#checkPerson(userId);
    await checkGroup(store, chatId);
    return deeds.addMember({ ...this.#entry(chatId, actor), userId });
  }

  async remove(actor: UserId, { chatId, userId }: Params<"member.remove">): Promise<number> {
    const { store, deeds } = this.#parts;
    const { role } = await this.#groupMember(chatId, actor);
    if (userId === actor) throw new ReplyError("SELF_NOT_ALLOWED");
    if (MAY_REMOVE[role].length === 0) throw new ReplyError("FORBIDDEN");
    const target = await findMember(store, chatId, userId);
    if (target === null) throw new ReplyError("NOT_FOUND");
    if (!MAY_REMOVE[role].includes(target.role)) throw new ReplyError("FORBIDDEN");
    return deeds.endMembership({ ...this.#entry(chatId, actor), userId });
  }

  async leave(userId: UserId, chatId: ChatId): Promise<void> {
    const { store, deeds } = this.#parts;
    const { role } = await this.#groupMember(chatId, userId);
    if (role === "owner" && (await membersOf(store, chatId)).length > 1) throw new ReplyError("OWNER_MUST_TRANSFER");
    await deeds.endMembership({ ...this.#entry(chatId, userId), userId });
  }

  /** Deed, idempotent. */
  async createDeed({ name, members, ...entry }: CreateGroupArgs): Promise<void> {
    const { store, inbox } = this.#parts;
    const { chatId, actor, at } = entry;
    await writeChat(store, chatId, { kind: "group", createdAt: at, name });
    const seq = await this.#append(entry, { event: "created", name, members: [actor, ...members] });
    const seats = [actor, ...members].map((userId): Membership => {
      return { userId, role: userId === actor ? "owner" : "member", joinedSeq: seq };
    });
    await Promise.all(seats.map((member) => writeJoined(store, chatId, member, null)));
    await Promise.all(seats.map(({ userId }) => inbox.put(userId, { kind: "joined", chatId, seq })));
  }

  /** Deed, idempotent. */
  async addDeed({ userId, ...entry }: MemberArgs): Promise<number> {
    const { store, inbox } = this.#parts;
    const { chatId } = entry;
    const seq = await this.#append(entry, { event: "added", userId });
    await writeJoined(store, chatId, { userId, role: "member", joinedSeq: seq }, null);
    await inbox.put(userId, { kind: "joined", chatId, seq });
    return seq;
  }

  /** Deed, idempotent: removal by another, or leaving. */
  async endDeed({ userId, ...entry }: MemberArgs): Promise<number> {
    const { store, inbox } = this.#parts;
    const { chatId } = entry;
    const seq = await this.#append(entry, { event: userId === entry.actor ? "left" : "removed", userId });
    await writeGone(store, chatId, userId, seq);
    await inbox.put(userId, { kind: "left", chatId, seq });
    return seq;
  }

  async #append({ chatId, actor, clientId, at }: EntryArgs, body: SystemBody): Promise<number> {
    const appended = await this.#parts.logs.append(chatId, {
      sender: actor,
      clientId,
      sentAt: at,
      kind: "system",
      body,
    });
    return appended.seq;
  }

  /** Strangers and former members learn here what they may learn, before anything else is asked. */
  async #groupMember(chatId: ChatId, userId: UserId): Promise<Membership> {
    const { store } = this.#parts;
    const member = await requireMember(store, chatId, userId);
    if ((await readChat(store, chatId))?.kind !== "group") throw new ReplyError("NOT_A_GROUP");
    return member;
  }

  async #checkPerson(userId: UserId): Promise<void> {
    const { store } = this.#parts;
    const [card] = await Promise.all([readCard(store, userId), checkChatsOf(store, userId)]);
    if (card === null) throw new ReplyError("NOT_FOUND");
  }

  #entry(chatId: ChatId, actor: UserId): EntryArgs {
    const { clock, random } = this.#parts;
    const at = clock.now();
    return { chatId, actor, clientId: newUuid(at, random), at };
  }
}
