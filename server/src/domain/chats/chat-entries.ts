import {
  type ChatId,
  type ClientId,
  type Clock,
  type Random,
  ReplyError,
  type SystemBody,
  type UserId,
} from "@parley/protocol";
import { readClaim } from "../../records/claim.ts";
import { endLeaving, markLeaving } from "../../records/leaving.ts";
import type { Kv } from "../../store/kv.ts";
import { newId, newUuid } from "../ids.ts";
import type { ChatLogs } from "../messages/chat-logs.ts";
import { inBatches } from "./batches.ts";
import { type Turn, Turns } from "./turns.ts";

/** An entry that a deed appends: its id is chosen once, so that a repeated deed finds it. */
export interface EntryArgs {
  readonly chatId: ChatId;
  /** Who does it. */
  readonly actor: UserId;
  readonly clientId: ClientId;
  readonly at: number;
}

export interface ChatEntriesParts {
  readonly store: Kv;
  readonly clock: Clock;
  readonly random: Random;
  readonly logs: ChatLogs;
}

/** How what happens to a chat itself gets into its log: one change after the other, each once. */
export class ChatEntries {
  readonly #parts: ChatEntriesParts;
  readonly #turns: Turns;

  constructor(parts: ChatEntriesParts) {
    this.#parts = parts;
    this.#turns = new Turns(parts.store, parts.clock, parts.random);
  }

  /** `work` checks, confirms its turn and does its deed. */
  inTurn<T>(chatId: ChatId, work: (turn: Turn) => Promise<T>): Promise<T> {
    return this.#turns.take(chatId, work);
  }

  begin(chatId: ChatId, actor: UserId): EntryArgs {
    const at = this.#parts.clock.now();
    return { chatId, actor, clientId: newUuid(at, this.#parts.random), at };
  }

  beginChat(actor: UserId): EntryArgs {
    return this.begin(newId(this.#parts.random), actor);
  }

  /**
   * Answers the seq of the entry. `check` throws what refuses it, and is asked only as long as nothing was appended: a
   * deed that is found undone long after its turn is done only if it still may be. `index` notes the entry where it is
   * asked for, before anybody is told of it.
   */
  async append(
    { chatId, actor, clientId, at }: EntryArgs,
    body: SystemBody,
    check?: () => Promise<unknown>,
    index?: (seq: number) => Promise<void>,
  ): Promise<number> {
    const own = { chatId, actor, clientId };
    if (check !== undefined && !(await this.isBegun(own))) await this.#check(own, check);
    const entry = { sender: actor, clientId, sentAt: at, kind: "system", body } as const;
    return (await this.#parts.logs.append(chatId, entry, index)).seq;
  }

  /**
   * The same for an entry that ends memberships: those of `people` are marked before it is appended, and stay so until the
   * deed has written the facts and calls `endLeaving`. The marks come first, so that what is checked is checked right before.
   */
  async appendEnd(
    args: EntryArgs,
    body: SystemBody,
    people: readonly UserId[],
    check: () => Promise<unknown>,
  ): Promise<number> {
    const { store } = this.#parts;
    if (!(await this.isBegun(args))) {
      await inBatches(people, (userId) => markLeaving(store, args, userId));
      try {
        await this.#check(args, check);
      } catch (error) {
        if (error instanceof ReplyError) await inBatches(people, (userId) => endLeaving(store, args, userId));
        throw error;
      }
    }
    return this.append(args, body);
  }

  async #check(entry: Omit<EntryArgs, "at">, check: () => Promise<unknown>): Promise<void> {
    try {
      await check();
    } catch (error) {
      // What refuses it may be the same deed, done meanwhile by another node: then it is to be finished.
      if (!(await this.isBegun(entry))) throw error;
    }
  }

  /** The entry was appended, or is being appended. */
  async isBegun({ chatId, actor, clientId }: Omit<EntryArgs, "at">): Promise<boolean> {
    return (await readClaim(this.#parts.store, chatId, actor, clientId)) !== null;
  }
}
