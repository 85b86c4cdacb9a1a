import { type Clock, type Params, ReplyError, type Role } from "@parley/protocol";
import { type Membership, writeMuted, writeRole } from "../../records/membership.ts";
import type { Kv } from "../../store/kv.ts";
import type { ChatEntries, EntryArgs } from "./chat-entries.ts";
import { requireGroupMember, requireTarget } from "./group-member.ts";

interface TargetArgs extends EntryArgs {
  readonly userId: string;
}

export interface RoleArgs extends TargetArgs {
  readonly role: Exclude<Role, "owner">;
}

export type TransferArgs = TargetArgs;

export interface MuteArgs extends TargetArgs {
  /** 0: not any more. */
  readonly until: number;
}

export interface RolesParts {
  readonly store: Kv;
  readonly clock: Clock;
  readonly entries: ChatEntries;
  /** The deeds below, with an intent around each. */
  readonly deeds: {
    readonly setRole: (args: RoleArgs) => Promise<number>;
    readonly transferGroup: (args: TransferArgs) => Promise<number>;
    readonly muteMember: (args: MuteArgs) => Promise<number>;
  };
}

/** The entry that would tell of what is so already. */
const NO_ENTRY = 0;

/** What members of a group are, and who may not speak. Each answers the seq of the entry that tells it. */
export class Roles {
  readonly #parts: RolesParts;

  constructor(parts: RolesParts) {
    this.#parts = parts;
  }

  setRole(actor: string, { chatId, userId, role }: Params<"member.setRole">): Promise<number> {
    const { entries, deeds } = this.#parts;
    const args = { ...entries.begin(chatId, actor), userId, role };
    return this.#change(
      args,
      () => this.#target(args, "setRole"),
      (target) => target.role === role,
      () => deeds.setRole(args),
    );
  }

  transfer(actor: string, { chatId, userId }: Params<"member.transfer">): Promise<number> {
    const { entries, deeds } = this.#parts;
    const args = { ...entries.begin(chatId, actor), userId };
    return this.#change(
      args,
      () => this.#target(args, "transfer"),
      () => false,
      () => deeds.transferGroup(args),
    );
  }

  mute(actor: string, { chatId, userId, untilMs }: Params<"member.mute">): Promise<number> {
    const { clock, entries, deeds } = this.#parts;
    const args = { ...entries.begin(chatId, actor), userId, until: untilMs > clock.now() ? untilMs : 0 };
    const isSo = ({ mutedUntil }: Membership) => (mutedUntil > clock.now() ? mutedUntil : 0) === args.until;
    return this.#change(
      args,
      () => this.#target(args, "mute"),
      isSo,
      () => deeds.muteMember(args),
    );
  }

  /** Deed, idempotent. */
  async setRoleDeed(args: RoleArgs): Promise<number> {
    const { store, entries } = this.#parts;
    const { chatId, userId, role } = args;
    const check = () => this.#target(args, "setRole");
    const index = (seq: number) => writeRole(store, chatId, userId, role, seq);
    return entries.append(args, { event: "role", userId, role }, check, index);
  }

  /** Deed, idempotent. The new owner first: for a moment there are two rather than none. */
  async transferDeed(args: TransferArgs): Promise<number> {
    const { store, entries } = this.#parts;
    const { chatId, actor, userId } = args;
    const check = () => this.#target(args, "transfer");
    const index = async (seq: number) => {
      await writeRole(store, chatId, userId, "owner", seq);
      await writeRole(store, chatId, actor, "admin", seq);
    };
    return entries.append(args, { event: "transferred", userId }, check, index);
  }

  /** Deed, idempotent. */
  async muteDeed(args: MuteArgs): Promise<number> {
    const { store, entries } = this.#parts;
    const { chatId, userId, until } = args;
    const check = () => this.#target(args, "mute");
    const index = (seq: number) => writeMuted(store, chatId, userId, until, seq);
    return entries.append(args, { event: "muted", userId, untilMs: until }, check, index);
  }

  async #change(
    { chatId }: TargetArgs,
    find: () => Promise<Membership>,
    isSo: (target: Membership) => boolean,
    deed: () => Promise<number>,
  ): Promise<number> {
    // What is refused or so already takes no turn.
    if (isSo(await find())) return NO_ENTRY;
    return this.#parts.entries.inTurn(chatId, async (turn) => {
      if (isSo(await find())) return NO_ENTRY;
      turn.confirm();
      return deed();
    });
  }

  async #target({ chatId, actor, userId }: TargetArgs, right: "setRole" | "transfer" | "mute"): Promise<Membership> {
    const { store } = this.#parts;
    const { role } = await requireGroupMember(store, chatId, actor);
    if (userId === actor) throw new ReplyError("SELF_NOT_ALLOWED");
    return requireTarget(store, { chatId, role, userId, right });
  }
}
