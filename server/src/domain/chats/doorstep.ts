import { type ChatId, type Clock, limits, ReplyError, type UserId } from "@parley/protocol";
import { readAsk, readAsks, readInvited } from "../../records/doorstep.ts";
import { membersOf } from "../../records/membership.ts";
import { chatAsks, userInvitations } from "../../store/keys.ts";
import type { Kv } from "../../store/kv.ts";
import type { Inbox } from "../inbox/inbox.ts";
import { inBatches } from "./batches.ts";
import { mayDo } from "./rights.ts";

export interface AskTellArgs {
  readonly chatId: ChatId;
  readonly userId: UserId;
}

export interface InvitationTellArgs extends AskTellArgs {
  readonly by: UserId;
}

export interface DoorstepParts {
  readonly store: Kv;
  readonly clock: Clock;
  readonly inbox: Inbox;
  /** Writes down that somebody is to be told, before that becomes true. The answer removes it. */
  readonly owe: {
    readonly ask: (args: AskTellArgs) => Promise<() => Promise<void>>;
    readonly invitation: (args: InvitationTellArgs) => Promise<() => Promise<void>>;
  };
}

/** Who waits to come in: those who ask, and those who are asked. Each is one field of one key, written or removed at once. */
export class Doorstep {
  readonly #parts: DoorstepParts;

  constructor(parts: DoorstepParts) {
    this.#parts = parts;
  }

  /** In the chat's turn. Asking again changes nothing. Throws `LIMIT_REACHED`. */
  async ask(chatId: ChatId, userId: UserId, message: string): Promise<void> {
    const { store, clock } = this.#parts;
    if ((await readAsk(store, chatId, userId)) !== null) return;
    if ((await store.hashLength(chatAsks(chatId))) >= limits.JOIN_REQUESTS_MAX) throw new ReplyError("LIMIT_REACHED");
    await this.#tellingAsk({ chatId, userId }, async () => {
      await store.hashSetNx(chatAsks(chatId), userId, JSON.stringify({ message, at: clock.now() }));
    });
  }

  /** Withdrawn, refused, or of no use any more. False: nobody asked. */
  async dropAsk(chatId: ChatId, userId: UserId): Promise<boolean> {
    const { store } = this.#parts;
    if ((await readAsk(store, chatId, userId)) === null) return false;
    await this.#tellingAsk({ chatId, userId }, async () => void (await store.hashDelete(chatAsks(chatId), userId)));
    return true;
  }

  /** In the chat's turn. Throws `LIMIT_REACHED`. */
  async invite(chatId: ChatId, userId: UserId, by: UserId): Promise<void> {
    const { store, clock } = this.#parts;
    const key = userInvitations(userId);
    if ((await store.hashLength(key)) >= limits.INVITATIONS_MAX) throw new ReplyError("LIMIT_REACHED");
    await this.#tellingInvitation({ chatId, userId, by }, async () => {
      await store.hashSet(key, chatId, JSON.stringify({ by, at: clock.now() }));
    });
  }

  async dropInvitation(chatId: ChatId, userId: UserId): Promise<boolean> {
    const { store } = this.#parts;
    const invited = await readInvited(store, userId, chatId);
    if (invited === null) return false;
    await this.#tellingInvitation({ chatId, userId, by: invited.by }, async () => {
      await store.hashDelete(userInvitations(userId), chatId);
    });
    return true;
  }

  /** Somebody came in, by whatever way: nothing waits any more. */
  async clear(chatId: ChatId, userId: UserId): Promise<void> {
    await Promise.all([this.dropAsk(chatId, userId), this.dropInvitation(chatId, userId)]);
  }

  /** The chat is gone, and with it who asked. Invitations to it are of no use, and are passed over. */
  async forget(chatId: ChatId): Promise<void> {
    const { store } = this.#parts;
    const asks = await readAsks(store, chatId);
    if (asks.length > 0) await store.hashDelete(chatAsks(chatId), ...asks.map(({ userId }) => userId));
  }

  /** Tells admins what is true now. Deed, idempotent. */
  async tellAsk({ chatId, userId }: AskTellArgs): Promise<void> {
    const { store, inbox } = this.#parts;
    const [ask, members] = await Promise.all([readAsk(store, chatId, userId), membersOf(store, chatId)]);
    const admins = members.filter(({ role }) => mayDo(role, "add"));
    const notice = { kind: "joinRequest", chatId, userId, open: ask !== null } as const;
    await inBatches(admins, (admin) => inbox.put(admin.userId, notice));
  }

  /** Tells the person what is true now. Deed, idempotent. */
  async tellInvitation({ chatId, userId, by }: InvitationTellArgs): Promise<void> {
    const { store, inbox } = this.#parts;
    const open = (await readInvited(store, userId, chatId)) !== null;
    await inbox.put(userId, { kind: "invitation", chatId, userId: by, open });
  }

  async #tellingAsk(args: AskTellArgs, write: () => Promise<void>): Promise<void> {
    const done = await this.#parts.owe.ask(args);
    await write();
    await this.tellAsk(args);
    await done();
  }

  async #tellingInvitation(args: InvitationTellArgs, write: () => Promise<void>): Promise<void> {
    const done = await this.#parts.owe.invitation(args);
    await write();
    await this.tellInvitation(args);
    await done();
  }
}
