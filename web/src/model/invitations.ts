import type { Chat, ChatId, ChatPreview, Invitation, Result } from "@parley/protocol";
import { limits } from "@parley/protocol";
import { makeAutoObservable, observableRef, runInAction } from "mobx";
import type { Talk } from "./talk.ts";

/** What leads to a group: the code of a link, or the group itself when it can be found. */
export type Way = { readonly code: string } | { readonly chatId: ChatId };

/** The ways into groups that one does not belong to: invitations, links, and those that everybody may find. */
export class Invitations {
  list: readonly Invitation[] = [];
  readonly #talk: Talk;

  constructor(talk: Talk) {
    this.#talk = talk;
    makeAutoObservable(this, { list: observableRef });
  }

  /** What cannot be fetched now is fetched when the connection is back. */
  async load(): Promise<void> {
    try {
      const { invitations } = await this.#talk.request("chat.invitations", {});
      runInAction(() => {
        this.list = invitations;
      });
    } catch {
      // As it was.
    }
  }

  /** Answers the chat that was entered. */
  async answer(chatId: ChatId, accept: boolean): Promise<Chat | undefined> {
    try {
      return (await this.#talk.request("chat.answerInvitation", { chatId, accept })).chat;
    } finally {
      await this.load();
    }
  }

  async preview(way: Way): Promise<ChatPreview> {
    return (await this.#talk.request("chat.preview", way)).preview;
  }

  join(way: Way, message: string): Promise<Result<"chat.join">> {
    const words = message.trim();
    return this.#talk.request("chat.join", { ...way, ...(words === "" ? {} : { message: words }) });
  }

  /** Takes a request back. */
  async withdraw(chatId: ChatId): Promise<void> {
    await this.#talk.request("chat.leave", { chatId });
  }

  directory(after: ChatId | undefined): Promise<Result<"chat.directory">> {
    const page = { limit: limits.DIRECTORY_PAGE_MAX, ...(after === undefined ? {} : { after }) };
    return this.#talk.request("chat.directory", page);
  }

  clear(): void {
    this.list = [];
  }
}
