import type { UserId } from "@parley/protocol";
import { makeAutoObservable, observable } from "mobx";

/** More names than that say nothing more. */
const TYPISTS_MAX = 20;

/** Who is writing in a chat just now. The client library ends each by itself, should the event that ends it be lost. */
export class Typing {
  readonly #userIds = observable.set<UserId>();

  constructor() {
    makeAutoObservable(this);
  }

  get userIds(): readonly UserId[] {
    return [...this.#userIds];
  }

  apply(userId: UserId, typing: boolean): void {
    if (!typing) this.#userIds.delete(userId);
    else if (this.#userIds.size < TYPISTS_MAX) this.#userIds.add(userId);
  }
}
