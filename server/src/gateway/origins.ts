import type { Origination } from "./proxies.ts";

/**
 * Which web pages may open a socket. No cookies are used, so a foreign page has nothing to ride on; it is still kept
 * out. Programs that are no browsers send no Origin.
 */
export class Origins {
  readonly #sameHost: boolean;
  readonly #allowed: ReadonlySet<string>;

  /** `same-host`, `null` (a page from a file), or origins such as `https://chat.example`. */
  constructor(allowed: readonly string[]) {
    this.#sameHost = allowed.includes("same-host");
    this.#allowed = new Set(allowed.filter((origin) => origin !== "same-host").map(normal));
  }

  allows(origin: string | undefined, request: Pick<Origination, "host">): boolean {
    if (origin === undefined) return true;
    if (this.#allowed.has(origin)) return true;
    return this.#sameHost && URL.canParse(origin) && new URL(origin).host === request.host.toLowerCase();
  }
}

/** Throws on what is no origin: a rule with a typo would silently allow nothing. */
function normal(origin: string): string {
  if (origin === "null") return origin;
  const url = URL.canParse(origin) ? new URL(origin) : null;
  if (url === null || url.origin === "null") throw new RangeError(`"${origin}" is not a web origin`);
  return url.origin;
}
