/**
 * The form in which handles are compared, stored and signed in with: NFKC, every code point in lower case by itself
 * (the simple mapping, so that every language's library agrees), final sigma as sigma, NFKC again. Idempotent. Whether
 * the outcome may be registered is for the server to say.
 */
export function canonicalHandle(handle: string): string {
  const lower = [...handle.normalize("NFKC")].map((letter) => letter.toLowerCase()).join("");
  return lower.replaceAll("ς", "σ").normalize("NFKC");
}
