import type { ChatId, Message as LogEntry, Member, Role, SystemBody, UserCard, UserId } from "@parley/protocol";
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
  #again = false;
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
      runInAction(() => {
        this.#put(found);
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
    if (!this.#again) return;
    this.#again = false;
    await this.load();
  }

  /** What the log says of the members goes for the list, so that it need not be fetched again. */
  told(entries: readonly LogEntry[]): void {
    if (!this.#viewed) return;
    const news = entries.some(({ kind }) => kind === "system");
    // The list that is on its way may be from before.
    if (this.loading && news) this.#again = true;
    for (const entry of entries) if (entry.kind === "system") this.#told(entry.seq, entry.sender, entry.body);
  }

  async add(person: UserCard): Promise<void> {
    this.#people.learn([person]);
    await this.#talk.request("member.add", { chatId: this.#chatId, userId: person.userId });
  }

  async remove(userId: UserId): Promise<void> {
    await this.#talk.request("member.remove", { chatId: this.#chatId, userId });
  }

  async setRole(userId: UserId, role: "admin" | "member"): Promise<void> {
    await this.#talk.request("member.setRole", { chatId: this.#chatId, userId, role });
  }

  async transfer(userId: UserId): Promise<void> {
    await this.#talk.request("member.transfer", { chatId: this.#chatId, userId });
  }

  /** 0: not any more. */
  async mute(userId: UserId, untilMs: number): Promise<void> {
    await this.#talk.request("member.mute", { chatId: this.#chatId, userId, untilMs });
  }

  #told(seq: number, sender: UserId, body: SystemBody): void {
    switch (body.event) {
      case "added":
        void this.#seat(body.userId, seq);
        break;
      case "removed":
      case "left":
        this.list = this.list.filter(({ user }) => user.userId !== body.userId);
        break;
      case "role":
        this.#change(body.userId, { role: body.role });
        break;
      case "transferred":
        this.#change(sender, { role: "admin" });
        this.#change(body.userId, { role: "owner" });
        break;
      case "muted":
        this.#change(body.userId, { mutedUntil: body.untilMs });
        break;
      default:
    }
  }

  #change(userId: UserId, change: Partial<Member>): void {
    this.#put(this.list.map((member) => (member.user.userId === userId ? { ...member, ...change } : member)));
  }

  /** Somebody new, as soon as it is known who they are. */
  async #seat(userId: UserId, joinedSeq: number): Promise<void> {
    const known = this.#people.card(userId);
    const users = known === undefined ? await this.#fetchCard(userId) : [known];
    runInAction(() => {
      this.#people.learn(users);
      const others = this.list.filter(({ user }) => user.userId !== userId);
      this.#put([...others, ...users.map((user) => ({ user, role: "member" as const, joinedSeq }))]);
    });
  }

  async #fetchCard(userId: UserId): Promise<readonly UserCard[]> {
    try {
      return (await this.#talk.request("user.get", { userIds: [userId] })).users;
    } catch {
      // The whole list is fetched when somebody looks again.
      return [];
    }
  }

  #put(members: readonly Member[]): void {
    const name = ({ user }: Member) => this.#people.name(user.userId) ?? user.displayName;
    this.list = [...members].sort((a, b) => RANK[a.role] - RANK[b.role] || name(a).localeCompare(name(b)));
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
