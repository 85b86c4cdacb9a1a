import { type ChatId, type Clock, type Params, ReplyError, type UserId } from "@parley/protocol";
import type { BusMessage } from "../../bus/bus.ts";
import { isRetracted } from "../../records/message-target.ts";
import { requirePoll } from "../../records/poll.ts";
import { eraseVotes, isClosed, writeClosed, writeVote } from "../../records/votes.ts";
import type { Kv } from "../../store/kv.ts";

export interface PollsParts {
  readonly store: Kv;
  readonly clock: Clock;
  readonly announce: (message: BusMessage) => void;
}

/** Votes of one poll that come within this time are told once: those who look at it ask for the counts each time. */
const GATHER_MS = 250;
/** Polls that wait to be told; with more at once the first ones do not wait. */
const UNTOLD_MAX = 1_000;

/** Votes, and the end of a poll; see records/votes.ts for how they are kept. */
export class Polls {
  readonly #parts: PollsParts;
  readonly #untold = new Map<string, { readonly chatId: ChatId; readonly seq: number }>();
  #stopTimer: (() => void) | null = null;

  constructor(parts: PollsParts) {
    this.#parts = parts;
  }

  /** In place of the vote before; none takes it back. */
  async vote(userId: UserId, { chatId, seq, options }: Params<"message.vote">): Promise<void> {
    const { store, clock } = this.#parts;
    const { poll } = await requirePoll(store, chatId, userId, seq);
    if (options.some((option) => option >= poll.options.length) || (options.length > 1 && !poll.multiple)) {
      throw new ReplyError("INVALID_PARAMS", { message: "The poll has no such choice" });
    }
    const closed = () => isClosed(store, chatId, seq, poll, clock.now());
    if (await closed()) throw new ReplyError("POLL_CLOSED");
    const written = await writeVote(store, chatId, seq, { userId, options: [...options].sort((a, b) => a - b) });
    // Closed or taken back while this was written: what was counted then stays as it is.
    if (await closed()) {
      await written.undo();
      throw new ReplyError("POLL_CLOSED");
    }
    await written.settle();
    if (await isRetracted(store, chatId, seq)) {
      await eraseVotes(store, chatId, seq);
      throw new ReplyError("MESSAGE_RETRACTED");
    }
    this.#tell(chatId, seq);
  }

  async close(userId: UserId, { chatId, seq }: Params<"message.closePoll">): Promise<void> {
    const { store, clock } = this.#parts;
    const { head, member } = await requirePoll(store, chatId, userId, seq);
    if (head.sender !== userId && member.role === "member") throw new ReplyError("FORBIDDEN");
    await writeClosed(store, chatId, seq, userId, clock.now());
    if (await isRetracted(store, chatId, seq)) await eraseVotes(store, chatId, seq);
    this.#tell(chatId, seq);
  }

  stop(): void {
    this.#stopTimer?.();
  }

  #tell(chatId: ChatId, seq: number): void {
    this.#untold.set(`${chatId}:${seq}`, { chatId, seq });
    if (this.#untold.size >= UNTOLD_MAX) this.#tellAll();
    else this.#stopTimer ??= this.#parts.clock.after(GATHER_MS, () => this.#tellAll());
  }

  #tellAll(): void {
    this.#stopTimer?.();
    this.#stopTimer = null;
    for (const poll of this.#untold.values()) this.#parts.announce({ kind: "poll", ...poll });
    this.#untold.clear();
  }
}
