import { makeAutoObservable } from "mobx";
import type { Talk } from "./talk.ts";

export const RELAY_RULES = ["always", "strangers", "never"] as const;
export type RelayChoice = (typeof RELAY_RULES)[number];

/** The setting under which the devices and the server share it. */
const RELAY_KEY = "calls.relay";

/** From whom a person's network address is hidden in calls: on all devices. */
export class RelayRule {
  choice: RelayChoice = "strangers";
  readonly #talk: Pick<Talk, "settings" | "setSetting">;

  constructor(talk: Pick<Talk, "settings" | "setSetting">) {
    this.#talk = talk;
    makeAutoObservable(this);
    this.apply();
  }

  /** A value of another client's making counts as none. */
  apply(): void {
    const value = this.#talk.settings.get(RELAY_KEY);
    this.choice = RELAY_RULES.find((one) => one === value) ?? "strangers";
  }

  choose(choice: RelayChoice): void {
    this.choice = choice;
    this.#talk.setSetting(RELAY_KEY, choice);
  }
}
