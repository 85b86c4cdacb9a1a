import i18next from "i18next";
import type { enCalls } from "./en/calls-later.ts";
import { en } from "./en/index.ts";

type Leaves<T, Path extends string = ""> = {
  [K in keyof T & string]: T[K] extends string ? `${Path}${Singular<K>}` : Leaves<T[K], `${Path}${K}.`>;
}[keyof T & string];

/** `unread_one` and `unread_other` are both asked for as `unread`, with a `count`. */
type Singular<K extends string> = K extends `${infer Name}_${"zero" | "one" | "two" | "few" | "many" | "other"}`
  ? Name
  : K;

export type TextKey = Leaves<typeof en & { calls: typeof enCalls }>;
export type TextValues = Readonly<Record<string, string | number>>;

const texts = i18next.createInstance();
void texts.init({
  lng: "en",
  resources: { en: { translation: en } },
  // React escapes; a second time would show the entities.
  interpolation: { escapeValue: false },
  // Said, and not only left as it is: otherwise each key is first searched for signs of a sentence.
  keySeparator: ".",
  nsSeparator: false,
  initAsync: false,
  showSupportNotice: false,
});

/** Every word that a person reads comes from here. */
export function t(key: TextKey, values?: TextValues): string {
  return texts.t(key, values ?? {});
}

/** Texts that come with the code that needs them. */
export function addTexts(more: object): void {
  texts.addResourceBundle("en", "translation", more, true);
}

/** The language of dates and numbers. */
export function locale(): string {
  return texts.language;
}
