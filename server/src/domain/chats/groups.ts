import { type Chat, type ChatId, type Params, ReplyError, type SystemBody, type UserId } from "@parley/protocol";
import { listChat } from "../../records/chat-directory.ts";
import { readChatInfo, writeDeleted } from "../../records/chat-info.ts";
import { readChat, viewChatOf, writeChat } from "../../records/chat-record.ts";
import { endLeaving } from "../../records/leaving.ts";
import {
  findMember,
  type Joined,
  membersBefore,
  membersOf,
  requireMember,
  writeGone,
  writeJoined,
} from "../../records/membership.ts";
import { readCard } from "../../records/user-record.ts";
import type { Kv } from "../../store/kv.ts";
import type { Inbox } from "../inbox/inbox.ts";
import { requireMayWrite } from "../people/may-write.ts";
import { inBatches } from "./batches.ts";
import type { ChatEntries, EntryArgs } from "./chat-entries.ts";
import type { Doorstep } from "./doorstep.ts";
import { requireGroupMember, requireTarget } from "./group-member.ts";
import { cleanName } from "./group-name.ts";
import { checkChatsOf, checkGroup } from "./quota.ts";
import { requireRight } from "./rights.ts";

export interface CreateGroupArgs extends EntryArgs {
  readonly name: string;
  /** Without the actor, who becomes the owner. */
  readonly members: readonly UserId[];
}

/** How somebody came in who was not added by an admin. */
export type How = NonNullable<Extract<SystemBody, { event: "added" }>["how"]>;

export interface MemberArgs extends EntryArgs {
  readonly userId: UserId;
  /** Of a join. */
  readonly how?: How;
}

export interface GroupsParts {
  readonly store: Kv;
  readonly inbox: Inbox;
  readonly entries: ChatEntries;
  /** Who came in waits no longer; nobody waits for a chat that is gone. */
  readonly doorstep: Pick<Doorstep, "clear" | "forget">;
  /** Nobody reads them any more. */
  readonly forgetFiles: (chatId: ChatId) => Promise<void>;
  /** Nobody stays in the call of a chat that they do not belong to. Idempotent. */
  readonly calls: {
    readonly memberGone: (chatId: ChatId, userId: UserId) => Promise<void>;
    readonly chatGone: (chatId: ChatId) => Promise<void>;
  };
  /** The deeds below, with an intent around each. */
  readonly deeds: {
    readonly createGroup: (args: CreateGroupArgs) => Promise<void>;
    readonly addMember: (args: MemberArgs) => Promise<number>;
    readonly endMembership: (args: MemberArgs) => Promise<number>;
    readonly deleteChat: (args: EntryArgs) => Promise<void>;
  };
}

/** Groups and who is in them. The truth is the log; each deed appends there first, then indexes. */
export class Groups {
  readonly #parts: GroupsParts;

  constructor(parts: GroupsParts) {
    this.#parts = parts;
  }

  async create(owner: UserId, { name, members }: Params<"chat.createGroup">): Promise<Chat> {
    const { store, entries, deeds } = this.#parts;
    const others = [...new Set(members)].filter((userId) => userId !== owner);
    const args = { ...entries.beginChat(owner), name: cleanName(name), members: others };
    await Promise.all([checkChatsOf(store, owner), ...others.map((userId) => this.#checkPerson(owner, userId))]);
    await deeds.createGroup(args);
    return viewChatOf(store, args.chatId, owner);
  }

  /** A group of both people of a direct chat, and others. */
  async expand(owner: UserId, { chatId, name, members }: Params<"chat.expand">): Promise<Chat> {
    const { store } = this.#parts;
    await requireMember(store, chatId, owner);
    const chat = await readChat(store, chatId);
    if (chat?.kind !== "direct") throw new ReplyError("INVALID_PARAMS", { message: "Only direct chats are expanded" });
    return this.create(owner, { name, members: [...chat.people, ...members] });
  }

  /** Answers the seq of the entry. */
  add(actor: UserId, { chatId, userId }: Params<"member.add">): Promise<number> {
    return this.#add({ ...this.#parts.entries.begin(chatId, actor), userId });
  }

  async remove(actor: UserId, { chatId, userId }: Params<"member.remove">): Promise<number> {
    if (userId === actor) {
      await requireGroupMember(this.#parts.store, chatId, actor);
      throw new ReplyError("SELF_NOT_ALLOWED");
    }
    return this.#end({ ...this.#parts.entries.begin(chatId, actor), userId });
  }

  async leave(userId: UserId, chatId: ChatId): Promise<void> {
    await this.#end({ ...this.#parts.entries.begin(chatId, userId), userId });
  }

  async delete(actor: UserId, chatId: ChatId): Promise<void> {
    const { entries, deeds } = this.#parts;
    const args = entries.begin(chatId, actor);
    await this.#checkDelete(args);
    await entries.inTurn(chatId, async (turn) => {
      await this.#checkDelete(args);
      turn.confirm();
      await deeds.deleteChat(args);
    });
  }

  /** Deed, idempotent. */
  async createDeed({ name, members, ...entry }: CreateGroupArgs): Promise<void> {
    const { store, entries } = this.#parts;
    const { chatId, actor, at } = entry;
    await writeChat(store, chatId, { kind: "group", createdAt: at, name });
    const joinedSeq = await entries.append(entry, { event: "created", name, members: [actor, ...members] });
    const seats = [actor, ...members].map((userId): Joined => {
      return { userId, role: userId === actor ? "owner" : "member", joinedSeq };
    });
    await this.#seat(chatId, seats);
  }

  /** Deed, idempotent. */
  async addDeed(args: MemberArgs): Promise<number> {
    const { store, entries, doorstep } = this.#parts;
    const { userId, how, chatId } = args;
    const body: SystemBody = { event: "added", userId, ...(how === undefined ? {} : { how }) };
    const seq = await entries.append(args, body, () => this.#checkAdd(args));
    await this.#seat(chatId, [{ userId, role: "member", joinedSeq: seq }]);
    // Repeated late, it must not take away what was begun after they left again.
    if ((await findMember(store, chatId, userId)) !== null) await doorstep.clear(chatId, userId);
    return seq;
  }

  /** Deed, idempotent: removal by another, or leaving. */
  async endDeed(args: MemberArgs): Promise<number> {
    const { store, inbox, entries, calls } = this.#parts;
    const { chatId, userId, actor } = args;
    const body: SystemBody = { event: userId === actor ? "left" : "removed", userId };
    const seq = await entries.appendEnd(args, body, [userId], () => this.#checkEnd(args));
    await writeGone(store, chatId, userId, seq);
    await endLeaving(store, args, userId);
    await inbox.put(userId, { kind: "left", chatId, seq });
    // Repeated late, it must not take them out after they came back.
    if ((await findMember(store, chatId, userId)) === null) await calls.memberGone(chatId, userId);
    return seq;
  }

  /** Deed, idempotent. First nobody is a member any more, then all are told. */
  async deleteDeed(args: EntryArgs): Promise<void> {
    const { store, inbox, entries, doorstep, forgetFiles, calls } = this.#parts;
    const { chatId } = args;
    const marked = (await membersOf(store, chatId)).map(({ userId }) => userId);
    const seq = await entries.appendEnd(args, { event: "deleted" }, marked, () => this.#checkDelete(args));
    await writeDeleted(store, chatId, seq);
    await Promise.all([listChat(store, chatId), doorstep.forget(chatId), forgetFiles(chatId)]);
    const members = await membersBefore(store, chatId, seq);
    await inBatches(members, ({ userId }) => writeGone(store, chatId, userId, seq));
    await inBatches(members, ({ userId }) => endLeaving(store, args, userId));
    await inBatches(members, ({ userId }) => inbox.put(userId, { kind: "left", chatId, seq }));
    await calls.chatGone(chatId);
  }

  async #add(args: MemberArgs): Promise<number> {
    const { store, entries, deeds } = this.#parts;
    const { chatId, userId } = args;
    await this.#checkAdd(args);
    await this.#checkPerson(args.actor, userId);
    return entries.inTurn(chatId, async (turn) => {
      await this.#checkAdd(args);
      await checkGroup(store, chatId);
      turn.confirm();
      return deeds.addMember(args);
    });
  }

  async #end(args: MemberArgs): Promise<number> {
    const { entries, deeds } = this.#parts;
    // What is refused anyway takes no turn.
    await this.#checkEnd(args);
    return entries.inTurn(args.chatId, async (turn) => {
      await this.#checkEnd(args);
      turn.confirm();
      return deeds.endMembership(args);
    });
  }

  async #checkAdd({ chatId, actor, userId, how }: MemberArgs): Promise<void> {
    const { store } = this.#parts;
    if (how === undefined) requireRight((await requireGroupMember(store, chatId, actor)).role, "add");
    else if ((await readChatInfo(store, chatId)).deletedSeq > 0) throw new ReplyError("CHAT_NOT_FOUND");
    if ((await findMember(store, chatId, userId)) !== null) throw new ReplyError("ALREADY_MEMBER");
  }

  async #checkEnd({ chatId, actor, userId }: MemberArgs): Promise<void> {
    const { store } = this.#parts;
    const { role } = await requireGroupMember(store, chatId, actor);
    if (userId !== actor) await requireTarget(store, { chatId, role, userId, right: "remove" });
    else if (role === "owner" && (await membersOf(store, chatId)).length > 1) {
      throw new ReplyError("OWNER_MUST_TRANSFER");
    }
  }

  async #checkDelete({ chatId, actor }: EntryArgs): Promise<void> {
    requireRight((await requireGroupMember(this.#parts.store, chatId, actor)).role, "delete");
  }

  /** Who is seated late, after the chat was deleted, leaves with all the others. */
  async #seat(chatId: ChatId, seats: readonly Joined[]): Promise<void> {
    const { store, inbox } = this.#parts;
    await inBatches(seats, (member) => writeJoined(store, chatId, member, null));
    const { deletedSeq } = await readChatInfo(store, chatId);
    if (deletedSeq > 0) await inBatches(seats, ({ userId }) => writeGone(store, chatId, userId, deletedSeq));
    else await inBatches(seats, ({ userId, joinedSeq: seq }) => inbox.put(userId, { kind: "joined", chatId, seq }));
  }

  /** Who does not take messages from somebody is not put into a group by them either: they can be invited. */
  async #checkPerson(actor: UserId, userId: UserId): Promise<void> {
    const { store } = this.#parts;
    const [card] = await Promise.all([
      readCard(store, userId),
      checkChatsOf(store, userId),
      userId === actor ? null : requireMayWrite(store, actor, userId),
    ]);
    if (card === null || card.deleted === true) throw new ReplyError("NOT_FOUND");
  }
}
