import {
  type ChatId,
  type ChatLink,
  type Clock,
  limits,
  type Params,
  type Random,
  ReplyError,
  type UserId,
} from "@parley/protocol";
import { chatLinks, linkChat, linkUses } from "../../store/keys.ts";
import type { Kv } from "../../store/kv.ts";
import { newId } from "../ids.ts";

/** As it is stored, under its code. */
interface LinkRecord {
  readonly createdBy: UserId;
  readonly createdAt: number;
  readonly expiresAt?: number;
  /** Absent: any number of people. */
  readonly uses?: number;
}

/** 128 random bits: nobody finds one by trying. */
const CODE = /^[a-z2-7]{26}$/;
/** Uses of a link that is gone are kept for who is about to use it. */
const USES_KEPT_SECONDS = 3600;
const COUNT = "n";

/** Invite links of groups. The links of a chat are one hash at the chat; a code alone leads to the chat. */
export class Links {
  readonly #store: Kv;
  readonly #clock: Clock;
  readonly #random: Random;

  constructor(store: Kv, clock: Clock, random: Random) {
    this.#store = store;
    this.#clock = clock;
    this.#random = random;
  }

  /** In the chat's turn. Throws `LIMIT_REACHED`. */
  async create(createdBy: UserId, { chatId, uses, expiresInMs }: Params<"chat.createLink">): Promise<ChatLink> {
    if ((await this.list(chatId)).length >= limits.LINKS_MAX) throw new ReplyError("LIMIT_REACHED");
    const code = newId(this.#random);
    const createdAt = this.#clock.now();
    const record: LinkRecord = {
      createdBy,
      createdAt,
      ...(expiresInMs === undefined ? {} : { expiresAt: createdAt + expiresInMs }),
      ...(uses === undefined ? {} : { uses }),
    };
    // The code first: one that is listed works, and one that leads to a chat which does not list it does not.
    await this.#store.set(linkChat(code), chatId);
    await this.#store.hashSet(chatLinks(chatId), code, JSON.stringify(record));
    return linkOf(code, record, 0);
  }

  /** The newest first. Those that are used up or expired are removed on the way. */
  async list(chatId: ChatId): Promise<ChatLink[]> {
    const records = await this.#store.hashGetAll(chatLinks(chatId));
    const links = await Promise.all(Object.entries(records).map(([code, text]) => this.#read(chatId, code, text)));
    const spent = links.filter((link) => !this.#isGood(link));
    await Promise.all(spent.map(({ code }) => this.remove(chatId, code)));
    return links.filter((link) => this.#isGood(link)).sort((a, b) => b.createdAt - a.createdAt);
  }

  /** First it stops to work. Nothing happens to one that is not there. */
  async remove(chatId: ChatId, code: string): Promise<void> {
    if ((await this.#store.hashDelete(chatLinks(chatId), code)) === 0) return;
    await this.#store.delete(linkChat(code));
    await this.#store.expire(linkUses(chatId, code), USES_KEPT_SECONDS);
  }

  /** The chat that a code leads to, and whether it lets anybody in now. */
  async chatOf(code: string): Promise<{ readonly chatId: ChatId; readonly good: boolean } | null> {
    if (!CODE.test(code)) return null;
    const chatId = await this.#store.get(linkChat(code));
    return chatId === null ? null : { chatId, good: (await this.#find(chatId, code)) !== null };
  }

  /** Whether a use is left for this claim, which may have had its use before. */
  async hasUse(chatId: ChatId, code: string, claim: string): Promise<boolean> {
    return (await this.#find(chatId, code, claim)) !== null;
  }

  /**
   * Spends a use; the same claim spends one only. Uses are numbered by a counter, so that there are never more than the
   * link has, whoever asks at once and whoever dies on the way: then one may be lost.
   */
  async spend(chatId: ChatId, code: string, claim: string): Promise<boolean> {
    const text = await this.#store.hashGet(chatLinks(chatId), code);
    if (text === null) return false;
    const { uses } = JSON.parse(text) as LinkRecord;
    if (uses === undefined) return true;
    const key = linkUses(chatId, code);
    if ((await this.#store.hashGet(key, claim)) !== null) return true;
    const number = await this.#store.hashIncrement(key, COUNT, 1);
    if (number > uses) return false;
    await this.#store.hashSet(key, claim, String(number));
    return true;
  }

  /** Null unless it can be used, by this claim if one is given. */
  async #find(chatId: ChatId, code: string, claim?: string): Promise<ChatLink | null> {
    const [text, spent] = await Promise.all([
      this.#store.hashGet(chatLinks(chatId), code),
      claim === undefined ? null : this.#store.hashGet(linkUses(chatId, code), claim),
    ]);
    if (text === null) return null;
    const link = await this.#read(chatId, code, text);
    return this.#isGood(spent === null ? link : { ...link, usesLeft: 1 }) ? link : null;
  }

  async #read(chatId: ChatId, code: string, text: string): Promise<ChatLink> {
    const record = JSON.parse(text) as LinkRecord;
    const spent =
      record.uses === undefined ? 0 : Number((await this.#store.hashGet(linkUses(chatId, code), COUNT)) ?? 0);
    return linkOf(code, record, spent);
  }

  #isGood({ usesLeft = 1, expiresAt = Number.POSITIVE_INFINITY }: ChatLink): boolean {
    return usesLeft > 0 && this.#clock.now() < expiresAt;
  }
}

function linkOf(code: string, { uses, ...record }: LinkRecord, spent: number): ChatLink {
  return { code, ...record, ...(uses === undefined ? {} : { usesLeft: Math.max(0, uses - spent) }) };
}
