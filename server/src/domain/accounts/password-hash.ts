import { type Algorithm, hashRaw } from "@node-rs/argon2";
import { ReplyError } from "@parley/protocol";
import { type ScramCost, scramPassword } from "@parley/protocol/secure";

/** OWASP's first choice for argon2id, and the least that a client accepts (protocol, sign-in). */
export const ARGON2: ScramCost = { memoryKiB: 19_456, iterations: 2, parallelism: 1 };

/** The value of `Algorithm.Argon2id`, an ambient const enum that isolated modules cannot read. */
const ARGON2ID = 2 as Algorithm;
/** 19 MiB and a core each for some 30 ms: more at once would starve everything else on a small machine. */
const AT_ONCE = 2;
/** Waiting beyond this would outlive the patience of who waits: 256 take about 5 s. */
const WAITING_MAX = 256;
const TYPICAL_MS = 40;

/** Argon2id of `scramPassword(password)` at the cost of `ARGON2`: 32 bytes. */
export type HashPassword = (password: string, salt: Uint8Array) => Promise<Uint8Array>;

/** A bounded queue in front of everything that costs an argon2 run. */
export class PasswordHasher {
  readonly #hash: HashPassword;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(hash: HashPassword = hashPassword) {
    this.#hash = hash;
  }

  /** Runs `deed` when it is its turn; it may hash once. Throws `OVERLOADED` at once when the queue is full. */
  async run<T>(deed: (hash: HashPassword) => Promise<T>): Promise<T> {
    if (this.#running < AT_ONCE) this.#running += 1;
    else await this.#turn();
    try {
      return await deed(this.#hash);
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#running -= 1;
      else next();
    }
  }

  #turn(): Promise<void> {
    if (this.#waiting.length >= WAITING_MAX) {
      throw new ReplyError("OVERLOADED", { retryAfterMs: Math.ceil((this.#waiting.length * TYPICAL_MS) / AT_ONCE) });
    }
    return new Promise((resolve) => this.#waiting.push(resolve));
  }
}

/** 32 bytes; runs on libuv's threads. */
function hashPassword(password: string, salt: Uint8Array): Promise<Uint8Array> {
  return hashRaw(scramPassword(password), {
    algorithm: ARGON2ID,
    memoryCost: ARGON2.memoryKiB,
    timeCost: ARGON2.iterations,
    parallelism: ARGON2.parallelism,
    outputLen: 32,
    salt,
  });
}
