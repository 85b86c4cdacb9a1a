import type { Presence, UserCard, UserId } from "@parley/protocol";
import { limits } from "@parley/protocol";
import { makeAutoObservable, observable, runInAction } from "mobx";
import type { Shelf } from "./shelf.ts";
import type { Talk } from "./talk.ts";

/** Cards kept in memory and on the shelf: more than anybody talks with, and still under a megabyte. */
const CARDS_MAX = 4_000;

/** Cards and presence of the people that this client has met. */
export class People {
  readonly #cards = observable.map<UserId, UserCard>(undefined, { deep: false });
  /** The names that the user gave to contacts. */
  readonly #remarks = observable.map<UserId, string>();
  readonly #presence = observable.map<UserId, Presence>(undefined, { deep: false });
  /** Asked for and not answered yet. */
  readonly #wanted = new Set<UserId>();
  #asking = false;
  readonly #talk: Talk;
  readonly #shelf: Shelf<readonly UserCard[]>;

  constructor(talk: Talk, shelf: Shelf<readonly UserCard[]>) {
    this.#talk = talk;
    this.#shelf = shelf;
    makeAutoObservable(this);
  }

  card(userId: UserId): UserCard | undefined {
    return this.#cards.get(userId);
  }

  /** As the user calls them: by a remark of their own, or as they call themselves. */
  name(userId: UserId): string | undefined {
    return this.#remarks.get(userId) ?? this.#cards.get(userId)?.displayName;
  }

  /** Empty: there is none. */
  setRemark(userId: UserId, remark: string): void {
    if (remark === "") this.#remarks.delete(userId);
    else this.#remarks.set(userId, remark);
  }

  presence(userId: UserId): Presence | undefined {
    return this.#presence.get(userId);
  }

  /** Cards met on earlier visits, so that names show before the network answers. */
  async restore(): Promise<void> {
    const cards = (await this.#shelf.read()) ?? [];
    runInAction(() => {
      for (const card of cards) if (!this.#cards.has(card.userId)) this.#cards.set(card.userId, card);
    });
  }

  learn(cards: Iterable<UserCard>): void {
    let news = false;
    for (const card of cards) {
      this.#wanted.delete(card.userId);
      const known = this.#cards.get(card.userId);
      if (known !== undefined && sameCard(known, card)) continue;
      this.#cards.set(card.userId, card);
      news = true;
    }
    if (!news) return;
    for (const oldest of this.#cards.keys()) {
      if (this.#cards.size <= CARDS_MAX) break;
      this.#cards.delete(oldest);
    }
    void this.#shelf.write([...this.#cards.values()]);
  }

  applyPresence(presence: Presence): void {
    this.#presence.set(presence.userId, presence);
    for (const oldest of this.#presence.keys()) {
      if (this.#presence.size <= CARDS_MAX) break;
      this.#presence.delete(oldest);
    }
  }

  /** Nobody is known to be online while we are not. */
  forgetPresence(): void {
    this.#presence.clear();
  }

  /** Names that a timeline needs; those unknown are fetched, many at once. */
  want(userIds: Iterable<UserId>): void {
    for (const userId of userIds) {
      if (!this.#cards.has(userId) && this.#wanted.size < CARDS_MAX) this.#wanted.add(userId);
    }
    if (this.#wanted.size > 0 && !this.#asking) void this.#ask();
  }

  async #ask(): Promise<void> {
    this.#asking = true;
    try {
      while (this.#wanted.size > 0) {
        const userIds = [...this.#wanted].slice(0, limits.USERS_PER_GET);
        const { users } = await this.#talk.request("user.get", { userIds });
        // Those the server leaves out do not exist: asking again would never end.
        for (const userId of userIds) this.#wanted.delete(userId);
        this.learn(users);
      }
    } catch {
      // Offline: what is still wanted is asked for when the connection is back.
    } finally {
      this.#asking = false;
    }
  }

  /** After a reconnect. */
  askAgain(): void {
    this.want([]);
  }

  /** People whose handle begins with the text; a whole handle finds its owner even if many begin alike. */
  async find(text: string): Promise<readonly UserCard[]> {
    const name = text.trim().replace(/^@/, "");
    if (name.length < 2) return [];
    const { users } = await this.#talk.request("user.find", { prefix: name });
    this.learn(users);
    return users;
  }

  clear(): void {
    this.#cards.clear();
    this.#presence.clear();
    this.#remarks.clear();
    this.#wanted.clear();
  }
}

function sameCard(a: UserCard, b: UserCard): boolean {
  return a.handle === b.handle && a.displayName === b.displayName && a.avatar === b.avatar;
}
