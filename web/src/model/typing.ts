import type { Clock, UserId } from "@parley/protocol";
import { limits } from "@parley/protocol";
import { makeAutoObservable, observable, runInAction } from "mobx";

/** More names than that say nothing more. */
const TYPISTS_MAX = 20;

/** Who is writing in a chat just now. Each entry ends by itself: the event that ends it may be lost. */
export class Typing {
  readonly #until = observable.map<UserId, () => void>(undefined, { deep: false });
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
    makeAutoObservable(this);
  }

  get userIds(): readonly UserId[] {
    return [...this.#until.keys()];
  }

  apply(userId: UserId, typing: boolean): void {
    this.#until.get(userId)?.();
    if (!typing || (this.#until.size >= TYPISTS_MAX && !this.#until.has(userId))) {
      this.#until.delete(userId);
      return;
    }
    const cancel = this.#clock.after(limits.TYPING_TTL_MS, () => runInAction(() => this.#until.delete(userId)));
    this.#until.set(userId, cancel);
  }
}
