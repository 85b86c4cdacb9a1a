import { makeAutoObservable } from "mobx";
import type { QuickShelf } from "./shelf.ts";

export const THEMES = ["system", "light", "dark"] as const;
export const ACCENTS = ["iris", "sea", "moss", "clay", "plum"] as const;
export const TEXT_SIZES = ["small", "normal", "large", "larger"] as const;
export const SEND_KEYS = ["enter", "ctrlEnter"] as const;

export type Theme = (typeof THEMES)[number];
export type Accent = (typeof ACCENTS)[number];
export type TextSize = (typeof TEXT_SIZES)[number];
export type SendKey = (typeof SEND_KEYS)[number];

/** How the app looks and feels. */
export interface Look {
  readonly theme: Theme;
  readonly accent: Accent;
  readonly textSize: TextSize;
  readonly sendKey: SendKey;
}

export interface Choices extends Look {
  /** The same on all devices of the person that say so. */
  readonly shared: boolean;
}

/** The setting under which the devices share a look. */
export const LOOK_KEY = "appearance.look";

/** How this browser shows the app; kept over sign-outs, since it says nothing about anybody. */
export class Preferences {
  theme: Theme = "system";
  accent: Accent = "iris";
  textSize: TextSize = "normal";
  sendKey: SendKey = "enter";
  shared = false;
  readonly #shelf: QuickShelf<Partial<Choices>>;
  readonly #common: QuickShelf<unknown>;

  /** `common`: what the devices share; whatever it holds may be of another client's making. */
  constructor(shelf: QuickShelf<Partial<Choices>>, common: QuickShelf<unknown>) {
    this.#shelf = shelf;
    this.#common = common;
    const kept = shelf.read() ?? {};
    this.#adopt(kept);
    this.shared = kept.shared === true;
    makeAutoObservable(this);
  }

  choose(choice: Partial<Look>): void {
    Object.assign(this, choice);
    this.#keep();
    if (this.shared) this.#common.write(this.#look);
  }

  /** On: the look that the others share, or this one's if there is none. */
  share(on: boolean): void {
    this.shared = on;
    if (on && this.#common.read() === undefined) this.#common.write(this.#look);
    this.applyCommon();
    this.#keep();
  }

  /** Another device has chosen. */
  applyCommon(): void {
    const look = this.#common.read();
    if (!this.shared || typeof look !== "object" || look === null) return;
    this.#adopt(look);
    this.#keep();
  }

  get #look(): Look {
    const { theme, accent, textSize, sendKey } = this;
    return { theme, accent, textSize, sendKey };
  }

  #adopt(look: { readonly [K in keyof Look]?: unknown }): void {
    this.theme = oneOf(THEMES, look.theme, this.theme);
    this.accent = oneOf(ACCENTS, look.accent, this.accent);
    this.textSize = oneOf(TEXT_SIZES, look.textSize, this.textSize);
    this.sendKey = oneOf(SEND_KEYS, look.sendKey, this.sendKey);
  }

  #keep(): void {
    this.#shelf.write({ ...this.#look, shared: this.shared });
  }
}

function oneOf<T>(allowed: readonly T[], value: unknown, otherwise: T): T {
  return allowed.includes(value as T) ? (value as T) : otherwise;
}
