import type { Chat as ChatData, ChatSettings, Member, Params } from "@parley/protocol";
import { makeAutoObservable, observableRef, runInAction } from "mobx";
import type { Talk } from "./talk.ts";

/** Whether one may write now, and if not, why and until when. */
export type Voice =
  | { readonly kind: "free" }
  | { readonly kind: "admins" }
  | { readonly kind: "muted"; readonly until: number }
  | { readonly kind: "slow"; readonly until: number };

export type ChatUpdate = Omit<Params<"chat.update">, "chatId">;

/** What clocks differ, and what passes between two looks at one. */
const CLOCKS_DIFFER_MS = 5_000;

export interface GroupParts {
  readonly talk: Talk;
  readonly data: () => ChatData;
  /** When the user's own last message in the chat was sent; 0: never, as far as is known here. */
  readonly lastOwnAt: () => number;
}

/** What is decided about a chat, and what that allows the user in it. */
export class Group {
  /** Asked of the server and not answered yet: a switch that was moved stays where it was put. */
  wanted: Partial<ChatSettings> = {};
  readonly #parts: GroupParts;

  constructor(parts: GroupParts) {
    this.#parts = parts;
    makeAutoObservable(this, { wanted: observableRef, voice: false, isAbove: false });
  }

  get #data(): ChatData {
    return this.#parts.data();
  }

  get isOwner(): boolean {
    return this.#data.kind === "group" && this.#data.role === "owner";
  }

  /** Admins name it, set it, and let people in. */
  get isAdmin(): boolean {
    return this.#data.kind === "group" && this.#data.role !== "member";
  }

  /** May remove and mute them. */
  isAbove({ role }: Pick<Member, "role">): boolean {
    return (this.isOwner && role !== "owner") || (this.isAdmin && role === "member");
  }

  voice(now: number): Voice {
    const { mutedUntil = 0, settings } = this.#data;
    if (mutedUntil > now) return { kind: "muted", until: mutedUntil };
    if (this.isAdmin || this.#data.kind !== "group") return { kind: "free" };
    if (settings.announcements) return { kind: "admins" };
    if (settings.slowModeMs === 0) return { kind: "free" };
    const until = this.#parts.lastOwnAt() + settings.slowModeMs;
    // A clock that is far behind must not keep anybody silent for longer than the group wants.
    const waitMs = until - now;
    if (waitMs <= 0 || waitMs > settings.slowModeMs + CLOCKS_DIFFER_MS) return { kind: "free" };
    return { kind: "slow", until: now + Math.min(waitMs, settings.slowModeMs) };
  }

  get settings(): ChatSettings {
    return { ...this.#data.settings, ...this.wanted };
  }

  async set(settings: Partial<ChatSettings>): Promise<void> {
    this.wanted = { ...this.wanted, ...settings };
    try {
      await this.update(settings);
    } finally {
      runInAction(() => {
        // Unless it was moved again meanwhile.
        const rest = Object.entries(this.wanted).filter(
          ([key, value]) => settings[key as keyof ChatSettings] !== value,
        );
        this.wanted = Object.fromEntries(rest);
      });
    }
  }

  async update(change: ChatUpdate): Promise<void> {
    await this.#parts.talk.request("chat.update", { chatId: this.#data.chatId, ...change });
  }

  async delete(): Promise<void> {
    await this.#parts.talk.request("chat.delete", { chatId: this.#data.chatId });
  }
}
