import { timingSafeEqual } from "node:crypto";
import { type Random, ReplyError, type UserId } from "@parley/protocol";
import { nodeCrypto } from "@parley/protocol/crypto-node";
import { SCRAM_SALT_BYTES, scramKeys } from "@parley/protocol/secure";
import { userKey } from "../../store/keys.ts";
import type { Kv } from "../../store/kv.ts";
import type { Guesses } from "./guesses.ts";
import type { PasswordHasher } from "./password-hash.ts";
import type { VerifierVault } from "./verifier.ts";

export interface PasswordsParts {
  readonly store: Kv;
  readonly random: Random;
  readonly hasher: PasswordHasher;
  readonly vault: VerifierVault;
  readonly guesses: Guesses;
  /** Ends what was signed in with an older password, after `write`, with an intent around both. */
  readonly endingStale: (userId: UserId, write: () => Promise<void>) => Promise<void>;
}

/** What a password was proved against: a change that does not follow on it is refused. */
export interface ProvenAccount {
  readonly handle: string;
  readonly email: string | null;
  /** Changes of the password so far. */
  readonly changes: number;
}

/** Passwords of users who are known already: proved to the server itself, and replaced. */
export class Passwords {
  readonly #parts: PasswordsParts;

  constructor(parts: PasswordsParts) {
    this.#parts = parts;
  }

  /** Null for who has no account. */
  async account(userId: UserId): Promise<ProvenAccount | null> {
    const fields = ["handle", "email", "authGens"];
    const [handle, email, changes] = await this.#parts.store.hashGetMany(userKey(userId), fields);
    if (typeof handle !== "string" || handle === "") return null;
    return { handle, email: email || null, changes: Number(changes ?? 0) };
  }

  /** Throws `CREDENTIALS_INVALID`. */
  async prove(userId: UserId, address: string, password: string): Promise<ProvenAccount> {
    const { store, hasher, vault, guesses } = this.#parts;
    const [account, sealed] = await Promise.all([this.account(userId), store.hashGet(userKey(userId), "verifier")]);
    if (account === null || sealed === null) throw new ReplyError("NOT_FOUND");
    const verifier = vault.open(userId, sealed);
    const guess = await guesses.beginWithin(userId, address);
    const given = scramKeys(nodeCrypto, await hasher.run((hash) => hash(password, verifier.salt)));
    if (!timingSafeEqual(given.storedKey, verifier.storedKey)) {
      await guess.failed();
      throw new ReplyError("CREDENTIALS_INVALID");
    }
    await guess.succeeded();
    return account;
  }

  /**
   * The generation of sessions is raised together with the verifier, in one write: whatever was signed in with the old
   * password is dead from then on, except `keptSession`. `before` is
   * the last thing that may refuse.
   */
  async replace(
    userId: UserId,
    { changes }: ProvenAccount,
    change: { readonly password: string; readonly keptSession: string; readonly before?: () => Promise<void> },
  ): Promise<void> {
    const { store, random, hasher, vault, endingStale } = this.#parts;
    const salt = random.bytes(SCRAM_SALT_BYTES);
    const keys = scramKeys(nodeCrypto, await hasher.run((hash) => hash(change.password, salt)));
    await change.before?.();
    // Counted apart, so that two changes at the same time get two numbers.
    const authGen = await store.hashIncrement(userKey(userId), "authGens", 1);
    // Of two who change it at once the second one proved a password that does not hold any more.
    if (authGen !== changes + 1) throw new ReplyError("CREDENTIALS_INVALID");
    await endingStale(userId, () =>
      store.hashSetMany(userKey(userId), {
        verifier: vault.seal(userId, salt, keys),
        authGen: String(authGen),
        keptSession: change.keptSession,
      }),
    );
  }
}
