import type { ChatId, ChatLink, JoinRequest, UserId } from "@parley/protocol";
import { makeAutoObservable, observableRef, runInAction } from "mobx";
import type { People } from "./people.ts";
import type { Talk } from "./talk.ts";

export interface NewLink {
  readonly uses?: number;
  readonly expiresInMs?: number;
}

/** How people get into one group, as its admins see it; fetched when one of them looks. */
export class Door {
  links: readonly ChatLink[] = [];
  requests: readonly JoinRequest[] = [];
  failed = false;
  readonly #chatId: ChatId;
  readonly #talk: Talk;
  readonly #people: People;

  constructor(chatId: ChatId, talk: Talk, people: People) {
    this.#chatId = chatId;
    this.#talk = talk;
    this.#people = people;
    makeAutoObservable(this, { links: observableRef, requests: observableRef });
  }

  async load(): Promise<void> {
    try {
      await Promise.all([this.#loadLinks(), this.#loadRequests()]);
      runInAction(() => {
        this.failed = false;
      });
    } catch {
      runInAction(() => {
        this.failed = true;
      });
    }
  }

  /** Who asks, for the badge; what cannot be fetched now is fetched with the next look. */
  async loadRequests(): Promise<void> {
    await this.#loadRequests().catch(() => {});
  }

  async createLink(wanted: NewLink): Promise<ChatLink> {
    const { link } = await this.#talk.request("chat.createLink", { chatId: this.#chatId, ...wanted });
    runInAction(() => {
      this.links = [link, ...this.links];
    });
    return link;
  }

  async revoke(code: string): Promise<void> {
    await this.#talk.request("chat.revokeLink", { chatId: this.#chatId, code });
    runInAction(() => {
      this.links = this.links.filter((link) => link.code !== code);
    });
  }

  async answer(userId: UserId, accept: boolean): Promise<void> {
    try {
      await this.#talk.request("chat.answerJoin", { chatId: this.#chatId, userId, accept });
    } finally {
      // Another admin may have been faster.
      await this.loadRequests();
    }
  }

  async invite(userId: UserId): Promise<void> {
    await this.#talk.request("member.invite", { chatId: this.#chatId, userId });
  }

  /** No admin any more: nothing of this is to be seen. */
  forget(): void {
    this.links = [];
    this.requests = [];
  }

  async #loadLinks(): Promise<void> {
    const { links } = await this.#talk.request("chat.links", { chatId: this.#chatId });
    runInAction(() => {
      this.links = links;
    });
  }

  async #loadRequests(): Promise<void> {
    const { requests } = await this.#talk.request("chat.joinRequests", { chatId: this.#chatId });
    runInAction(() => {
      this.requests = requests;
      this.#people.learn(requests.map(({ user }) => user));
    });
  }
}
