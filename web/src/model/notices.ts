import type { ChatId, Clock, Message as LogEntry, UserId } from "@parley/protocol";
import type { ChatView } from "@parley/protocol/client";
import { makeAutoObservable, observable } from "mobx";
import { noticeBody } from "../i18n/notice-text.ts";
import { t } from "../i18n/t.ts";
import type { Chats } from "./chats.ts";
import { attentionOf, isQuiet, isWorthNotice, type NoticeRules, RULE_KEYS, readRules } from "./notice-rules.ts";
import type { People } from "./people.ts";
import type { QuickShelf } from "./shelf.ts";
import type { Talk } from "./talk.ts";

/** A message that comes by a pull, and not live, is news for so long. */
const NEWS_MS = 60_000;
/** Sounds do not overlap: a burst of messages is one. */
const SOUND_PAUSE_MS = 2_000;

/** What this browser lets the page do: `ask` has to begin with a click. */
export type Permission = "insecure" | "missing" | "ask" | "granted" | "blocked";

export interface ShownNotice {
  readonly title: string;
  readonly body: string;
  readonly chatId: ChatId;
}

/** What shows and sounds; a page, or nothing where there is none. */
export interface NoticeDevice {
  permission(): Permission;
  ask(): Promise<Permission>;
  /** In place of the one before of the same chat. */
  show(notice: ShownNotice): void;
  close(chatId: ChatId): void;
  sound(): void;
  /** Does somebody look at this page, or another tab of it? */
  isLookedAt(): Promise<boolean>;
  /** Is this browser to show notifications? The permission alone does not say so. */
  readonly wanted: QuickShelf<boolean>;
}

export interface NoticeParts {
  readonly talk: Talk;
  readonly chats: Chats;
  readonly people: People;
  readonly clock: Clock;
  readonly device: NoticeDevice;
}

/** Tells of messages that come while nobody looks: on the desktop, by a sound, in the title and on the icon. */
export class Notices {
  permission: Permission;
  /** On this device. */
  wanted: boolean;
  rules: NoticeRules;
  readonly #views = observable.map<ChatId, Pick<ChatView, "unread" | "mentions" | "prefs" | "readSeq">>(undefined, {
    deep: false,
  });
  /** How far each chat was heard: what a reload of its entries tells again is no news, whether or not it was told then. */
  readonly #heard = new Map<ChatId, number>();
  readonly #parts: NoticeParts;
  #soundedAt = Number.NEGATIVE_INFINITY;

  constructor(parts: NoticeParts) {
    this.#parts = parts;
    this.permission = parts.device.permission();
    this.wanted = parts.device.wanted.read() ?? true;
    this.rules = readRules(parts.talk.settings);
    makeAutoObservable(this);
  }

  /** Notifications of the desktop are shown by this browser. */
  get onDesktop(): boolean {
    return this.permission === "granted" && this.wanted;
  }

  /** Unread messages that the person wants to know of. */
  get attention(): number {
    const now = this.#parts.clock.now();
    let sum = 0;
    for (const view of this.#views.values()) sum += attentionOf(view, now);
    return sum;
  }

  /** From a click: browsers ask for nothing else. */
  async turnOn(): Promise<void> {
    this.#want(true);
    this.learnPermission(await this.#parts.device.ask());
  }

  turnOff(): void {
    this.#want(false);
  }

  learnPermission(permission = this.#parts.device.permission()): void {
    this.permission = permission;
  }

  setRule<K extends keyof NoticeRules>(rule: K, value: NoticeRules[K]): void {
    this.rules = { ...this.rules, [rule]: value };
    this.#parts.talk.setSetting(RULE_KEYS[rule], value);
  }

  /** Lets the person hear what they choose. */
  trySound(): void {
    this.#parts.device.sound();
  }

  applySettings(): void {
    this.rules = readRules(this.#parts.talk.settings);
  }

  applyView({ chat, unread, mentions, prefs, readSeq }: ChatView): void {
    const before = this.#views.get(chat.chatId);
    this.#views.set(chat.chatId, { unread, mentions, prefs, readSeq });
    // It was read here or on another device.
    if (unread === 0 && before !== undefined && before.unread > 0) this.#parts.device.close(chat.chatId);
  }

  applyAll(views: readonly ChatView[]): void {
    this.#views.clear();
    this.#heard.clear();
    for (const view of views) this.applyView(view);
    this.applySettings();
  }

  remove(chatId: ChatId): void {
    this.#views.delete(chatId);
    this.#heard.delete(chatId);
    this.#parts.device.close(chatId);
  }

  clear(): void {
    for (const chatId of [...this.#views.keys()]) this.remove(chatId);
  }

  /** The newest of these that is worth it is told, if nobody looks. */
  async arrived(chatId: ChatId, told: readonly LogEntry[], source: "live" | "sync"): Promise<void> {
    const { talk, clock, device } = this.#parts;
    const heard = this.#heard.get(chatId) ?? 0;
    const messages = told.filter(({ seq }) => seq > heard);
    this.#heard.set(chatId, Math.max(heard, messages.at(-1)?.seq ?? 0));
    const me = talk.userId;
    const now = clock.now();
    const prefs = this.#views.get(chatId)?.prefs ?? {};
    if (me === null || !talk.leads || isQuiet(this.rules.quiet, new Date(now))) return;
    const entry = messages.findLast((one) => isWorthNotice(one, prefs, me, now) && isNews(one, source, now));
    if (entry === undefined || (await device.isLookedAt())) return;
    // Read on another device while it was asked whether somebody looks.
    if ((this.#views.get(chatId)?.readSeq ?? 0) >= entry.seq) return;
    if (this.onDesktop) this.#show(chatId, entry);
    if (this.rules.sound) this.#sound();
  }

  /** May something sound that is no message? */
  get mayRing(): boolean {
    return this.rules.sound && !isQuiet(this.rules.quiet, new Date(this.#parts.clock.now()));
  }

  /** Somebody calls; told on the desktop where nobody looks, whatever the hour: it is seen, and not heard. */
  async ring({ chatId, caller, video }: { chatId: ChatId; caller: UserId; video: boolean }): Promise<void> {
    const { chats, people, device, clock } = this.#parts;
    const chat = chats.get(chatId);
    if (!this.onDesktop || chat?.own.isMuted(clock.now()) === true || (await device.isLookedAt())) return;
    const name = people.card(caller)?.displayName ?? t("common.somebody");
    const what = t(video ? "callWords.ringsVideo" : "callWords.rings");
    const body = chat?.isGroup ? t("chats.sender", { name, text: what }) : what;
    device.show({ title: chat?.title || name, body, chatId });
  }

  stopRing(chatId: ChatId): void {
    this.#parts.device.close(chatId);
  }

  #show(chatId: ChatId, entry: LogEntry): void {
    const { chats, people, device } = this.#parts;
    if (entry.kind === "void") return;
    const chat = chats.get(chatId);
    const name = people.card(entry.sender)?.displayName ?? t("common.somebody");
    const what = this.rules.preview ? noticeBody(entry) : t("notices.hidden");
    const body = chat?.isGroup ? t("chats.sender", { name, text: what }) : what;
    device.show({ title: chat?.title || name, body, chatId });
  }

  #sound(): void {
    const now = this.#parts.clock.monotonic();
    if (now - this.#soundedAt < SOUND_PAUSE_MS) return;
    this.#soundedAt = now;
    this.#parts.device.sound();
  }

  #want(on: boolean): void {
    this.wanted = on;
    this.#parts.device.wanted.write(on);
  }
}

/** What was missed for an hour is in the list, and no news. */
function isNews(entry: LogEntry, source: "live" | "sync", now: number): boolean {
  return source === "live" || (entry.kind !== "void" && entry.sentAt > now - NEWS_MS);
}

/** For an app without a page. */
export const NO_DEVICE: NoticeDevice = {
  permission: () => "missing",
  ask: async () => "missing",
  show: () => {},
  close: () => {},
  sound: () => {},
  isLookedAt: async () => false,
  wanted: { read: () => undefined, write: () => {} },
};
