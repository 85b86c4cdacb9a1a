import type { ChatId, Member, Role, UserCard, UserId } from "@parley/protocol";
import { limits } from "@parley/protocol";
import { makeAutoObservable, observableRef, runInAction } from "mobx";
import type { People } from "./people.ts";
import type { Talk } from "./talk.ts";

const RANK: Record<Role, number> = { owner: 0, admin: 1, member: 2 };

/** The members of one group; fetched when somebody looks. */
export class Members {
  list: readonly Member[] = [];
  loading = false;
  failed = false;
  #viewed = false;
  readonly #chatId: ChatId;
  readonly #talk: Talk;
  readonly #people: People;

  constructor(chatId: ChatId, talk: Talk, people: People) {
    this.#chatId = chatId;
    this.#talk = talk;
    this.#people = people;
    makeAutoObservable(this, { list: observableRef });
  }

  get userIds(): readonly UserId[] {
    return this.list.map(({ user }) => user.userId);
  }

  async load(): Promise<void> {
    this.#viewed = true;
    if (this.loading) return;
    this.loading = true;
    this.failed = false;
    try {
      const found = await this.#fetchAll();
      const name = ({ user }: Member) => this.#people.name(user.userId) ?? user.displayName;
      runInAction(() => {
        this.list = found.sort((a, b) => RANK[a.role] - RANK[b.role] || name(a).localeCompare(name(b)));
        this.#people.learn(found.map(({ user }) => user));
      });
    } catch {
      runInAction(() => {
        this.failed = true;
      });
    } finally {
      runInAction(() => {
        this.loading = false;
      });
    }
  }

  /** Somebody came or went. */
  async refresh(): Promise<void> {
    if (this.#viewed) await this.load();
  }

  async add(person: UserCard): Promise<void> {
    await this.#talk.request("member.add", { chatId: this.#chatId, userId: person.userId });
    await this.load();
  }

  async remove(userId: UserId): Promise<void> {
    await this.#talk.request("member.remove", { chatId: this.#chatId, userId });
    await this.load();
  }

  async #fetchAll(): Promise<Member[]> {
    const found: Member[] = [];
    while (found.length < limits.GROUP_MEMBERS_MAX) {
      const after = found.at(-1)?.user.userId;
      const page = { chatId: this.#chatId, limit: limits.MEMBER_PAGE_MAX, ...(after === undefined ? {} : { after }) };
      const { members, more } = await this.#talk.request("member.list", page);
      found.push(...members);
      if (more !== true || members.length === 0) break;
    }
    return found;
  }
}
