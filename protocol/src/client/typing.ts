import type { ChatId, UserId } from "../ids.ts";
import { TYPING_TTL_MS } from "../limits.ts";
import type { Clock } from "../platform.ts";

/** Said again well before it stops by itself. */
const REPEAT_MS = TYPING_TTL_MS / 2;
/** People shown as typing at once; whoever comes after that is not shown. */
const TYPING_MAX = 500;

/** Who types: says so for this user no more than is needed, and stops it for others when they fall silent. */
export class Typing {
  readonly #clock: Clock;
  readonly #say: (chatId: ChatId, typing: boolean) => void;
  readonly #tell: (chatId: ChatId, userId: UserId, typing: boolean) => void;
  readonly #said = new Map<ChatId, number>();
  readonly #others = new Map<string, () => void>();

  constructor(
    clock: Clock,
    say: (chatId: ChatId, typing: boolean) => void,
    tell: (chatId: ChatId, userId: UserId, typing: boolean) => void,
  ) {
    this.#clock = clock;
    this.#say = say;
    this.#tell = tell;
  }

  set(chatId: ChatId, typing: boolean): void {
    const now = this.#clock.monotonic();
    const said = this.#said.get(chatId);
    const recent = said !== undefined && now - said < REPEAT_MS;
    if (typing ? recent : said === undefined) return;
    if (typing) this.#said.set(chatId, now);
    else this.#said.delete(chatId);
    this.#say(chatId, typing);
  }

  heard(chatId: ChatId, userId: UserId, typing: boolean): void {
    const key = `${chatId}:${userId}`;
    const stop = this.#others.get(key);
    if (stop === undefined && (!typing || this.#others.size >= TYPING_MAX)) return;
    stop?.();
    this.#others.delete(key);
    if (typing)
      this.#others.set(
        key,
        this.#clock.after(TYPING_TTL_MS, () => this.heard(chatId, userId, false)),
      );
    if (typing !== (stop !== undefined)) this.#tell(chatId, userId, typing);
  }

  /** The connection is gone: nobody is known to type. */
  clear(): void {
    this.#said.clear();
    for (const key of [...this.#others.keys()]) {
      const [chatId = "", userId = ""] = key.split(":");
      this.heard(chatId, userId, false);
    }
  }
}
