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

export interface Choices {
  readonly theme: Theme;
  readonly accent: Accent;
  readonly textSize: TextSize;
  readonly sendKey: SendKey;
}

/** How this browser shows the app; kept over sign-outs, since it says nothing about anybody. */
export class Preferences {
  theme: Theme = "system";
  accent: Accent = "iris";
  textSize: TextSize = "normal";
  sendKey: SendKey = "enter";
  readonly #shelf: QuickShelf<Partial<Choices>>;

  constructor(shelf: QuickShelf<Partial<Choices>>) {
    this.#shelf = shelf;
    const kept = shelf.read() ?? {};
    this.theme = oneOf(THEMES, kept.theme, this.theme);
    this.accent = oneOf(ACCENTS, kept.accent, this.accent);
    this.textSize = oneOf(TEXT_SIZES, kept.textSize, this.textSize);
    this.sendKey = oneOf(SEND_KEYS, kept.sendKey, this.sendKey);
    makeAutoObservable(this);
  }

  choose(choice: Partial<Choices>): void {
    Object.assign(this, choice);
    const { theme, accent, textSize, sendKey } = this;
    this.#shelf.write({ theme, accent, textSize, sendKey });
  }
}

function oneOf<T>(allowed: readonly T[], value: T | undefined, otherwise: T): T {
  return value !== undefined && allowed.includes(value) ? value : otherwise;
}
