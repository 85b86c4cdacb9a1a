import {
  type ChatId,
  type Clock,
  limits,
  type Params,
  ReplyError,
  type Result,
  type Star,
  type UserId,
} from "@parley/protocol";
import { fromSeqOf, readChatInfo } from "../../records/chat-info.ts";
import { readHead } from "../../records/entry.ts";
import { hiddenSeqs } from "../../records/hidden.ts";
import { allChatsOf, type OwnChat } from "../../records/membership.ts";
import { chatLog } from "../../store/keys.ts";
import type { Kv } from "../../store/kv.ts";
import type { PersonalState } from "./personal-state.ts";
import { requireReadable } from "./readable.ts";

/** Messages that a person has put aside. */
export class Stars {
  readonly #store: Kv;
  readonly #clock: Clock;
  readonly #personal: PersonalState;

  constructor(store: Kv, clock: Clock, personal: PersonalState) {
    this.#store = store;
    this.#clock = clock;
    this.#personal = personal;
  }

  async set(userId: UserId, { chatId, seq, on }: Params<"message.star">): Promise<void> {
    await requireReadable(this.#store, userId, chatId, [seq]);
    if (on) await this.#requireContent(userId, chatId, seq);
    const subject = starSubject(chatId, seq);
    const stars = await this.#personal.present(userId, "stars");
    if (stars.has(subject) === on) return;
    // Two of one millisecond could not be told apart by the page that ends between them.
    const newest = Math.max(0, ...[...stars.values()].map(Number));
    await this.#personal.put(userId, {
      area: "stars",
      subject,
      value: on ? String(Math.max(this.#clock.now(), newest + 1)) : null,
      notice: (version) => ({ kind: "star", chatId, seq, on, version }),
      admit: (present) => {
        if (on && present.size >= limits.STARS_MAX) throw new ReplyError("LIMIT_REACHED");
      },
    });
  }

  async page(userId: UserId, { before, limit }: Params<"message.stars">): Promise<Result<"message.stars">> {
    const present = await this.#personal.present(userId, "stars");
    const starred = [...present].map(([subject, at]) => starOf(subject, Number(at)));
    const from = await this.#firstReadable(userId, new Set(starred.map(({ chatId }) => chatId)));
    const stars = starred
      .filter(({ chatId, seq, at }) => at < (before ?? Infinity) && seq >= (from.get(chatId) ?? Infinity))
      .sort((a, b) => b.at - a.at);
    const last = stars[limit - 1];
    // Nodes may have given one time to two: they stay on one page.
    const page = last === undefined ? stars : stars.filter(({ at }) => at >= last.at);
    return { stars: page, ...(page.length < stars.length ? { more: true } : {}) };
  }

  /** Of the chats that the user belongs to. */
  async #firstReadable(userId: UserId, chatIds: ReadonlySet<ChatId>): Promise<Map<ChatId, number>> {
    const own = (await allChatsOf(this.#store, userId)).filter(({ chatId }) => chatIds.has(chatId));
    const from = async (chat: OwnChat): Promise<[ChatId, number]> => [
      chat.chatId,
      fromSeqOf(await readChatInfo(this.#store, chat.chatId), chat),
    ];
    return new Map(await Promise.all(own.map(from)));
  }

  async #requireContent(userId: UserId, chatId: ChatId, seq: number): Promise<void> {
    const [entry, hidden] = await Promise.all([
      this.#store.listGet(chatLog(chatId), seq - 1),
      hiddenSeqs(this.#store, userId, chatId, seq, seq),
    ]);
    const kind = hidden.has(seq) ? undefined : readHead(entry ?? "")?.kind;
    if (kind === undefined) throw new ReplyError("SEQ_OUT_OF_RANGE");
    if (kind === "retracted") throw new ReplyError("MESSAGE_RETRACTED");
  }
}

const starSubject = (chatId: ChatId, seq: number) => `${chatId}:${seq}`;

function starOf(subject: string, at: number): Star {
  const [chatId = "", seq] = subject.split(":");
  return { chatId, seq: Number(seq), at };
}
