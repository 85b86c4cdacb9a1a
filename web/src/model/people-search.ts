import type { Clock, UserCard } from "@parley/protocol";
import { makeAutoObservable, observableRef, runInAction } from "mobx";
import { type Failure, toFailure } from "./failure.ts";
import type { People } from "./people.ts";

/** People type several letters a second; the server is asked when they pause. */
const PAUSE_MS = 180;
export const SEARCH_MIN = 2;

/** One search box. The answer shown is always that to the text now in the box. */
export class PeopleSearch {
  text = "";
  found: readonly UserCard[] = [];
  state: "idle" | "short" | "searching" | "done" | "failed" = "idle";
  failure: Failure | null = null;
  #cancel: (() => void) | null = null;
  readonly #people: People;
  readonly #clock: Clock;

  constructor(people: People, clock: Clock) {
    this.#people = people;
    this.#clock = clock;
    makeAutoObservable(this, { found: observableRef, failure: observableRef });
  }

  type(text: string): void {
    this.text = text;
    this.#cancel?.();
    this.#cancel = null;
    const length = text.trim().replace(/^@/, "").length;
    if (length < SEARCH_MIN) {
      this.found = [];
      this.state = length === 0 ? "idle" : "short";
      return;
    }
    this.state = "searching";
    this.#cancel = this.#clock.after(PAUSE_MS, () => void this.#ask(text));
  }

  async #ask(text: string): Promise<void> {
    try {
      const found = await this.#people.find(text);
      runInAction(() => {
        if (this.text !== text) return;
        this.found = found;
        this.state = "done";
      });
    } catch (error) {
      runInAction(() => {
        if (this.text !== text) return;
        this.found = [];
        this.failure = toFailure(error);
        this.state = "failed";
      });
    }
  }
}
