import { type ChatId, type Clock, limits, type UserId } from "@parley/protocol";

/** Chats that one user types in at the same time, over all devices; more is no person. */
const AT_ONCE_MAX = 8;
/** Starts that one user may be told of at once, and how fast further ones are allowed: each goes to everybody of a chat. */
const BURST = 8;
/** Further ones, a second: each goes to everybody of a chat. */
const STARTS_PER_SECOND = 1;

interface Budget {
  left: number;
  at: number;
}

/** Who types where, on the node that was told so, which also tells when they stopped. Never stored. */
export class Typing {
  readonly #clock: Clock;
  readonly #announce: (chatId: ChatId, userId: UserId, typing: boolean) => void;
  readonly #stops = new Map<UserId, Map<ChatId, () => void>>();
  /** Of the users who are connected here. */
  readonly #budgets = new Map<UserId, Budget>();

  constructor(clock: Clock, announce: (chatId: ChatId, userId: UserId, typing: boolean) => void) {
    this.#clock = clock;
    this.#announce = announce;
  }

  start(userId: UserId, chatId: ChatId): void {
    const mine = this.#stops.get(userId) ?? new Map<ChatId, () => void>();
    mine.get(chatId)?.();
    if (!mine.has(chatId) && mine.size >= AT_ONCE_MAX) return;
    // Who goes on is heard of again once there is room; who begins is not heard of before.
    const told = this.#spend(userId);
    if (!told && !mine.has(chatId)) return;
    mine.set(
      chatId,
      this.#clock.after(limits.TYPING_TTL_MS, () => this.stop(userId, chatId)),
    );
    this.#stops.set(userId, mine);
    if (told) this.#announce(chatId, userId, true);
  }

  /** Also when the message is sent. Tells nobody who was not told of a start. */
  stop(userId: UserId, chatId: ChatId): void {
    const mine = this.#stops.get(userId);
    const cancel = mine?.get(chatId);
    if (mine === undefined || cancel === undefined) return;
    cancel();
    mine.delete(chatId);
    if (mine.size === 0) this.#stops.delete(userId);
    this.#announce(chatId, userId, false);
  }

  /** The user's last connection went. */
  stopAll(userId: UserId): void {
    this.#budgets.delete(userId);
    for (const chatId of [...(this.#stops.get(userId)?.keys() ?? [])]) this.stop(userId, chatId);
  }

  dispose(): void {
    for (const mine of this.#stops.values()) for (const cancel of mine.values()) cancel();
    this.#stops.clear();
    this.#budgets.clear();
  }

  #spend(userId: UserId): boolean {
    const now = this.#clock.monotonic();
    const budget = this.#budgets.get(userId) ?? { left: BURST, at: now };
    budget.left = Math.min(BURST, budget.left + ((now - budget.at) / 1000) * STARTS_PER_SECOND);
    budget.at = now;
    this.#budgets.set(userId, budget);
    if (budget.left < 1) return false;
    budget.left -= 1;
    return true;
  }
}
