import {
  type Chat,
  type ChatId,
  type ChatLink,
  type ChatPreview,
  type Invitation,
  type JoinRequest,
  type Params,
  ReplyError,
  type Result,
  type UserId,
} from "@parley/protocol";
import { readChatInfo } from "../../records/chat-info.ts";
import { isListed, viewPreview } from "../../records/chat-preview.ts";
import { readChat, viewChatOf } from "../../records/chat-record.ts";
import { readAllInvited, readAsk, readAsks, readInvited } from "../../records/doorstep.ts";
import { readSystem } from "../../records/entry.ts";
import { findMember, lastFactsAbout } from "../../records/membership.ts";
import { readPair, sideOf } from "../../records/pair.ts";
import { readCard, readCards } from "../../records/user-record.ts";
import { chatLog } from "../../store/keys.ts";
import type { Kv } from "../../store/kv.ts";
import type { ChatEntries } from "./chat-entries.ts";
import type { Doorstep } from "./doorstep.ts";
import { requireGroupMember } from "./group-member.ts";
import type { How, MemberArgs } from "./groups.ts";
import type { LinkGuesses } from "./link-guesses.ts";
import type { Links } from "./links.ts";
import { checkChatsOf, checkGroup } from "./quota.ts";
import { mayDo, requireRight } from "./rights.ts";
import type { Turn } from "./turns.ts";

export interface JoinArgs extends MemberArgs {
  readonly how: How;
  /** Of a link. */
  readonly code?: string;
  /** Who approved a request, or sent the invitation. */
  readonly by?: UserId;
  /** Names this joining among all of the person's: a use of a link is spent on it once, however often it is tried. */
  readonly claim: string;
}

export interface JoiningParts {
  readonly store: Kv;
  readonly entries: ChatEntries;
  readonly links: Links;
  readonly guesses: LinkGuesses;
  readonly doorstep: Doorstep;
  /** Appends the entry and seats the person; idempotent. */
  readonly seat: (args: MemberArgs) => Promise<number>;
  /** `joinDeed`, with an intent around it. */
  readonly deed: (args: JoinArgs) => Promise<number>;
}

/**
 * How people come into a group by another way than an admin's hand: by link, by an open door, by asking, by being asked.
 * Every change is made in the chat's turn, and looks once more at everything that allows it.
 */
export class Joining {
  readonly #parts: JoiningParts;

  constructor(parts: JoiningParts) {
    this.#parts = parts;
  }

  // What strangers see

  async preview(userId: UserId, params: Params<"chat.preview">): Promise<ChatPreview> {
    if ("code" in params) return (await this.#behind(params.code, userId)).preview;
    const { store } = this.#parts;
    const { chatId } = params;
    const [preview, invited] = await Promise.all([
      viewPreview(store, chatId, userId),
      readInvited(store, userId, chatId),
    ]);
    if (preview === null) throw new ReplyError("CHAT_NOT_FOUND");
    const known = preview.joined || preview.requested || isListed(preview.join);
    if (known || (invited !== null && (await this.#stands(chatId, invited.by)))) return preview;
    throw new ReplyError("CHAT_NOT_FOUND");
  }

  async join(userId: UserId, { code, chatId, message = "" }: Params<"chat.join">): Promise<Result<"chat.join">> {
    if ((code === undefined) === (chatId === undefined)) {
      throw new ReplyError("INVALID_PARAMS", { message: "Either code or chatId" });
    }
    if (code !== undefined) return this.#joinByLink(userId, code);
    return this.#joinByDoor(userId, chatId ?? "", message.trim());
  }

  /** False: nothing waited that could be withdrawn. */
  async withdraw(userId: UserId, chatId: ChatId): Promise<boolean> {
    const { store, entries, doorstep } = this.#parts;
    if ((await readAsk(store, chatId, userId)) === null) return false;
    return entries.inTurn(chatId, async (turn) => {
      if ((await findMember(store, chatId, userId)) !== null) return false;
      turn.confirm();
      return doorstep.dropAsk(chatId, userId);
    });
  }

  // What admins do

  async createLink(actor: UserId, params: Params<"chat.createLink">): Promise<ChatLink> {
    return this.#asAdmin(actor, params.chatId, () => this.#parts.links.create(actor, params));
  }

  async listLinks(actor: UserId, chatId: ChatId): Promise<ChatLink[]> {
    await this.#requireAdmin(actor, chatId);
    return this.#parts.links.list(chatId);
  }

  async revokeLink(actor: UserId, { chatId, code }: Params<"chat.revokeLink">): Promise<void> {
    await this.#asAdmin(actor, chatId, () => this.#parts.links.remove(chatId, code));
  }

  async requests(actor: UserId, chatId: ChatId): Promise<JoinRequest[]> {
    const { store } = this.#parts;
    await this.#requireAdmin(actor, chatId);
    const asks = await readAsks(store, chatId);
    const cards = await readCards(
      store,
      asks.map(({ userId }) => userId),
    );
    const byId = new Map(cards.map((card) => [card.userId, card]));
    return asks.flatMap(({ userId, message, at }) => {
      const user = byId.get(userId);
      return user === undefined || user.deleted === true ? [] : [{ user, message, at }];
    });
  }

  async answerRequest(actor: UserId, { chatId, userId, accept }: Params<"chat.answerJoin">): Promise<void> {
    const { store, doorstep } = this.#parts;
    await this.#asAdmin(actor, chatId, async (turn) => {
      if ((await readAsk(store, chatId, userId)) === null) throw new ReplyError("NOT_FOUND");
      if (!accept) return void (await doorstep.dropAsk(chatId, userId));
      await this.#enter(turn, { ...(await this.#args(chatId, userId, userId)), how: "request", by: actor });
    });
  }

  async invite(actor: UserId, { chatId, userId }: Params<"member.invite">): Promise<void> {
    const { store, doorstep } = this.#parts;
    if (userId === actor) throw new ReplyError("SELF_NOT_ALLOWED");
    await this.#requireAdmin(actor, chatId);
    await this.#checkPerson(userId);
    const { state } = await readPair(store, actor, userId);
    if (sideOf(state, actor).blocks !== undefined) throw new ReplyError("YOU_BLOCKED");
    // Who has blocked the admin hears nothing of it, and the admin nothing of that.
    if (sideOf(state, userId).blocks !== undefined) return;
    await this.#asAdmin(actor, chatId, async () => {
      if ((await findMember(store, chatId, userId)) !== null) throw new ReplyError("ALREADY_MEMBER");
      const invited = await readInvited(store, userId, chatId);
      if (invited === null || !(await this.#stands(chatId, invited.by))) await doorstep.invite(chatId, userId, actor);
    });
  }

  // What those do who are asked

  /** Those of chats that are gone, and of people who are no admins any more, count for nothing. */
  async invitations(userId: UserId): Promise<Invitation[]> {
    const { store } = this.#parts;
    const all = await readAllInvited(store, userId);
    const told = await Promise.all(
      all.map(async ({ chatId, by, at }) => {
        const [preview, card, stands] = await Promise.all([
          viewPreview(store, chatId, userId),
          readCard(store, by),
          this.#stands(chatId, by),
        ]);
        return preview === null || preview.joined || card === null || !stands ? [] : [{ preview, by: card, at }];
      }),
    );
    return told.flat();
  }

  /** Answers the chat that was entered, or null. */
  async answerInvitation(
    userId: UserId,
    { chatId, accept }: Params<"chat.answerInvitation">,
  ): Promise<Result<"chat.answerInvitation">> {
    const { store, entries, doorstep } = this.#parts;
    if (accept && (await findMember(store, chatId, userId)) !== null) return this.#entered(userId, chatId);
    if ((await readInvited(store, userId, chatId)) === null) {
      if (accept) throw new ReplyError("NOT_FOUND");
      return {};
    }
    await entries.inTurn(chatId, async (turn) => {
      const invited = await readInvited(store, userId, chatId);
      turn.confirm();
      if (!accept) return void (await doorstep.dropInvitation(chatId, userId));
      if ((await findMember(store, chatId, userId)) !== null) return;
      if (invited === null) throw new ReplyError("NOT_FOUND");
      const { by } = invited;
      await this.#enter(turn, { ...(await this.#args(chatId, userId, by)), how: "invitation", by });
    });
    return accept ? this.#entered(userId, chatId) : {};
  }

  /** Deed, idempotent. Whoever finds it undone long after does it only if everything still allows it. */
  async joinDeed(args: JoinArgs): Promise<number> {
    const { entries, seat, links } = this.#parts;
    const { chatId, how, code } = args;
    if (!(await entries.isBegun(args))) {
      await this.#check(args);
      if (how === "link" && !(await links.spend(chatId, code ?? "", args.claim))) throw new ReplyError("LINK_INVALID");
    }
    return seat(args);
  }

  // The ways in

  async #joinByLink(userId: UserId, code: string): Promise<Result<"chat.join">> {
    const { store, entries } = this.#parts;
    const { chatId, preview } = await this.#behind(code, userId);
    if (!preview.joined) {
      await entries.inTurn(chatId, async (turn) => {
        if ((await findMember(store, chatId, userId)) !== null) return;
        await this.#enter(turn, { ...(await this.#args(chatId, userId, userId)), how: "link", code });
      });
    }
    return { ...(await this.#entered(userId, chatId)), requested: false };
  }

  async #joinByDoor(userId: UserId, chatId: ChatId, message: string): Promise<Result<"chat.join">> {
    const { store, entries, doorstep } = this.#parts;
    await this.#checkDoor(userId, chatId);
    const requested = await entries.inTurn(chatId, async (turn) => {
      if ((await findMember(store, chatId, userId)) !== null) return false;
      const join = await this.#checkDoor(userId, chatId);
      if (join === "request") {
        turn.confirm();
        await doorstep.ask(chatId, userId, message);
        return true;
      }
      await this.#enter(turn, { ...(await this.#args(chatId, userId, userId)), how: "open" });
      return false;
    });
    return requested ? { requested } : { ...(await this.#entered(userId, chatId)), requested };
  }

  /** A door that is shut is none for strangers. Answers the policy. */
  async #checkDoor(userId: UserId, chatId: ChatId) {
    const { store } = this.#parts;
    const [chat, info, { seq }, member] = await Promise.all([
      readChat(store, chatId),
      readChatInfo(store, chatId),
      lastFactsAbout(store, chatId, userId),
      findMember(store, chatId, userId),
    ]);
    const { join } = info.settings;
    if (member !== null) return join;
    if (chat?.kind !== "group" || info.deletedSeq > 0) throw new ReplyError("CHAT_NOT_FOUND");
    if (!isListed(join)) throw new ReplyError(seq === 0 ? "CHAT_NOT_FOUND" : "JOIN_CLOSED");
    return join;
  }

  /**
   * The chat of a code. A code that never was, one that is spent and one of a chat that is gone look the same, but to
   * those who are in already: whose last answer was lost, gets it again.
   */
  async #behind(code: string, userId: UserId): Promise<{ readonly chatId: ChatId; readonly preview: ChatPreview }> {
    const { store, guesses, links } = this.#parts;
    await guesses.check(userId);
    const link = await links.chatOf(code);
    const preview = link === null ? null : await viewPreview(store, link.chatId, userId);
    if (link !== null && preview !== null && (preview.joined || (link.good && preview.join !== "closed"))) {
      return { chatId: link.chatId, preview };
    }
    await guesses.wrong(userId);
    throw new ReplyError("LINK_INVALID");
  }

  async #args(chatId: ChatId, userId: UserId, actor: UserId): Promise<Omit<JoinArgs, "how">> {
    const { store, entries } = this.#parts;
    const { seq } = await lastFactsAbout(store, chatId, userId);
    return { ...entries.begin(chatId, actor), userId, claim: `${userId}@${seq}` };
  }

  async #enter(turn: Turn, args: JoinArgs): Promise<void> {
    await this.#check(args);
    turn.confirm();
    await this.#parts.deed(args);
  }

  /** Throws what refuses it now. */
  async #check(args: JoinArgs): Promise<void> {
    const { store } = this.#parts;
    const { chatId, userId } = args;
    if ((await findMember(store, chatId, userId)) !== null) throw new ReplyError("ALREADY_MEMBER");
    await this.#checkPerson(userId);
    await this.#checkWay(args);
    await Promise.all([checkGroup(store, chatId), checkChatsOf(store, userId)]);
  }

  async #checkPerson(userId: UserId): Promise<void> {
    const card = await readCard(this.#parts.store, userId);
    if (card === null || card.deleted === true) throw new ReplyError("NOT_FOUND");
  }

  async #checkWay({ how, chatId, userId, code = "", by = "", claim }: JoinArgs): Promise<void> {
    const { store, links } = this.#parts;
    const { settings, deletedSeq } = await readChatInfo(store, chatId);
    const closed = deletedSeq > 0 || settings.join === "closed";
    switch (how) {
      case "link":
        if (closed || !(await links.hasUse(chatId, code, claim))) throw new ReplyError("LINK_INVALID");
        return this.#checkNotRemoved(chatId, userId);
      case "open":
        if (deletedSeq > 0 || settings.join !== "open") throw new ReplyError("JOIN_CLOSED");
        return this.#checkNotRemoved(chatId, userId);
      case "request":
        if ((await readAsk(store, chatId, userId)) === null) throw new ReplyError("NOT_FOUND");
        return this.#requireAdmin(by, chatId);
      case "invitation":
        if ((await readInvited(store, userId, chatId))?.by !== by) throw new ReplyError("NOT_FOUND");
        if (!(await this.#stands(chatId, by))) throw new ReplyError("NOT_FOUND");
    }
  }

  /** Who was removed comes back only by an admin's hand: added, invited, or approved. */
  async #checkNotRemoved(chatId: ChatId, userId: UserId): Promise<void> {
    const { store } = this.#parts;
    const { goneSeq } = await lastFactsAbout(store, chatId, userId);
    const entry = goneSeq === 0 ? null : await store.listGet(chatLog(chatId), goneSeq - 1);
    if (entry !== null && readSystem(entry)?.event === "removed") throw new ReplyError("JOIN_CLOSED");
  }

  /** Whether this person may bring others in, now. */
  async #stands(chatId: ChatId, userId: UserId): Promise<boolean> {
    const member = await findMember(this.#parts.store, chatId, userId);
    return member !== null && mayDo(member.role, "add");
  }

  async #requireAdmin(userId: UserId, chatId: ChatId): Promise<void> {
    requireRight((await requireGroupMember(this.#parts.store, chatId, userId)).role, "add");
  }

  /** In the chat's turn, and asked before too: what is refused anyway takes no turn. */
  async #asAdmin<T>(actor: UserId, chatId: ChatId, work: (turn: Turn) => Promise<T>): Promise<T> {
    await this.#requireAdmin(actor, chatId);
    return this.#parts.entries.inTurn(chatId, async (turn) => {
      await this.#requireAdmin(actor, chatId);
      turn.confirm();
      return work(turn);
    });
  }

  async #entered(userId: UserId, chatId: ChatId): Promise<{ readonly chat: Chat }> {
    return { chat: await viewChatOf(this.#parts.store, chatId, userId) };
  }
}
