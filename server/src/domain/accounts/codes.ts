import { createHmac, hkdfSync, timingSafeEqual } from "node:crypto";
import { type Clock, type CodePurpose, type Random, ReplyError } from "@parley/protocol";
import { codeCooldown, codeKey, codesOn } from "../../store/keys.ts";
import type { Kv } from "../../store/kv.ts";
import { newId } from "../ids.ts";

export const CODE_LIFE_MS = 10 * 60_000;
export const CODE_RESEND_MS = 60_000;
/** The store's own minute begins when it takes the write: who waits as told must not come a moment too early. */
const STORE_LATE_MS = 1_000;
const CODE_DIGITS = 6;
/** Guesses at one code, the right one included. */
const GUESSES_MAX = 5;
/** Codes for one address and purpose in a day: with five guesses each, 150 in a million. */
const PER_DAY_MAX = 30;
const DAY_MS = 24 * 3600_000;

/** Fields of the hash of one purpose and address. A new code has a new id, so that guesses at an older one are not counted for it. */
const ID = "id";
const DIGEST = "digest";
const EXPIRES = "expiresAt";
const guessesOf = (id: string) => `guesses:${id}`;
const usedBy = (id: string) => `used:${id}`;

/** A code that was right. Not used up yet: what it is good for may still be refused for another reason. */
export interface ProvenCode {
  /** True for one caller: from now on it is worth nothing. */
  use(): Promise<boolean>;
}

export interface CodesParts {
  readonly store: Kv;
  readonly clock: Clock;
  readonly random: Random;
  readonly deploymentSecret: Uint8Array;
}

/**
 * Codes that prove an address: six digits, bound to a purpose and the address, good for ten minutes, five guesses and
 * one use, counted in the store for all nodes together. The store holds a keyed digest, so that its reader cannot try
 * the million there are. `email` is always in the form that is compared.
 */
export class Codes {
  readonly #parts: CodesParts;
  readonly #key: Uint8Array;

  constructor(parts: CodesParts) {
    this.#parts = parts;
    this.#key = new Uint8Array(hkdfSync("sha256", parts.deploymentSecret, "", "parley code by mail", 32));
  }

  /** A fresh code, which replaces the one before. Throws `RATE_LIMITED` with the wait when it is too soon. */
  async issue(purpose: CodePurpose, email: string): Promise<string> {
    const { store, clock, random } = this.#parts;
    const now = clock.now();
    const cooldown = codeCooldown(purpose, email);
    if (!(await store.setNx(cooldown, String(now), CODE_RESEND_MS / 1000))) {
      const since = Number((await store.get(cooldown)) ?? now);
      const wait = CODE_RESEND_MS + STORE_LATE_MS;
      throw new ReplyError("RATE_LIMITED", { retryAfterMs: clamp(since + wait - now, 1, wait) });
    }
    const day = Math.floor(now / DAY_MS);
    const today = codesOn(purpose, email, day);
    const [asked] = await Promise.all([store.hashIncrement(today, "n", 1), store.expire(today, (2 * DAY_MS) / 1000)]);
    if (asked > PER_DAY_MAX) throw new ReplyError("RATE_LIMITED", { retryAfterMs: (day + 1) * DAY_MS - now });
    const code = sixDigits(random);
    const id = newId(random);
    const key = codeKey(purpose, email);
    const fields = {
      [ID]: id,
      [DIGEST]: this.#digest(purpose, email, id, code),
      [EXPIRES]: String(now + CODE_LIFE_MS),
    };
    await store.hashSetMany(key, fields);
    await store.expire(key, CODE_LIFE_MS / 1000);
    return code;
  }

  /** Throws `CODE_INVALID` when it is wrong, used, expired or guessed at too often. */
  async prove(purpose: CodePurpose, email: string, code: string): Promise<ProvenCode> {
    const { store, clock } = this.#parts;
    const key = codeKey(purpose, email);
    const [id, digest, expiresAt] = await store.hashGetMany(key, [ID, DIGEST, EXPIRES]);
    if (typeof id !== "string" || typeof digest !== "string" || Number(expiresAt) <= clock.now()) {
      throw new ReplyError("CODE_INVALID");
    }
    const count = async (by: number) => {
      const guesses = await store.hashIncrement(key, guessesOf(id), by);
      // The hash may have gone meanwhile, and what was counted just now would stay for ever.
      await store.expire(key, CODE_LIFE_MS / 1000);
      return guesses;
    };
    const guesses = await count(1);
    const right = timingSafeEqual(Buffer.from(digest), Buffer.from(this.#digest(purpose, email, id, code.trim())));
    const used = (await store.hashGet(key, usedBy(id))) !== null;
    if (!right || guesses > GUESSES_MAX || used) throw new ReplyError("CODE_INVALID");
    await count(-1);
    return { use: () => store.hashSetNx(key, usedBy(id), "1") };
  }

  #digest(purpose: CodePurpose, email: string, id: string, code: string): string {
    return createHmac("sha256", this.#key)
      .update(JSON.stringify([purpose, email, id, code]))
      .digest("base64url");
  }
}

/** Uniform: what does not divide evenly is drawn again. */
function sixDigits(random: Random): string {
  const space = 10 ** CODE_DIGITS;
  const even = 2 ** 32 - (2 ** 32 % space);
  for (;;) {
    const number = Buffer.from(random.bytes(4)).readUInt32BE();
    if (number < even) return String(number % space).padStart(CODE_DIGITS, "0");
  }
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value));
}
