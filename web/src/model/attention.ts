import type { Talk } from "./talk.ts";

/** Tells the server when nobody looks at this page. A connection begins as looked at, so each new one is told anew. */
export class Attention {
  readonly #talk: Talk;
  #away = false;
  #told = false;
  #online = false;

  constructor(talk: Talk) {
    this.#talk = talk;
  }

  setAway(away: boolean): void {
    this.#away = away;
    this.#tell();
  }

  applyOnline(online: boolean): void {
    if (online === this.#online) return;
    this.#online = online;
    this.#told = false;
    this.#tell();
  }

  #tell(): void {
    if (!this.#online || this.#told === this.#away) return;
    this.#told = this.#away;
    // Lost with its connection: the next one is told.
    this.#talk.request("account.setAway", { away: this.#away }).catch(() => {});
  }
}
