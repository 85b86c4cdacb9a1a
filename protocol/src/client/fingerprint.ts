import type { Fingerprint } from "./state.ts";

/** From the text form, as pins keep it. The short code is its first 20 characters, 100 bits, in groups of five. */
export function fingerprintOf(text: string): Fingerprint {
  const characters = text.replaceAll("-", "").slice(0, 20);
  return { text, shortCode: (characters.match(/.{1,5}/g) ?? []).join(" ") };
}
