import { type Clock, type Params, type Random, ReplyError } from "@parley/protocol";
import { nodeCrypto } from "@parley/protocol/crypto-node";
import { SCRAM_SALT_BYTES, scramKeys } from "@parley/protocol/secure";
import { handleKey, handlePrefix, handleRelease, userKey } from "../../store/keys.ts";
import type { Kv } from "../../store/kv.ts";
import { newId } from "../ids.ts";
import { directoryScore, PREFIX_LETTERS } from "../people/directory.ts";
import { displayLine } from "../people/display-text.ts";
import { registrableHandle } from "./handle.ts";
import { checkPassword } from "./password.ts";
import type { PasswordHasher } from "./password-hash.ts";
import type { NewSession, Sessions } from "./sessions.ts";
import type { VerifierVault } from "./verifier.ts";

/** Of the sessions that the first password lets in. */
const FIRST_GENERATION = 0;

export interface RegistrationParts {
  readonly store: Kv;
  readonly clock: Clock;
  readonly random: Random;
  readonly mode: "open" | "closed";
  readonly hasher: PasswordHasher;
  readonly vault: VerifierVault;
  readonly sessions: Sessions;
}

/** Longer than a command to the store can be under way. */
const RELEASE_SECONDS = 30;

export class Registration {
  readonly #parts: RegistrationParts;

  constructor(parts: RegistrationParts) {
    this.#parts = parts;
  }

  /**
   * The user's record first, the claim on the handle second: a crash in between leaves a record that nobody finds, never
   * a handle that nobody owns.
   */
  async register(params: Params<"auth.register">): Promise<NewSession> {
    const { store, clock, random, mode, hasher, vault, sessions } = this.#parts;
    if (mode === "closed") throw new ReplyError("REGISTRATION_CLOSED");
    const handle = registrableHandle(params.handle);
    checkPassword(params.password, handle);
    const userId = newId(random);
    await hasher.run(async (hash) => {
      // Asked in the slot: of many who want one handle at once, only the first few cost a hash.
      if (await this.#isTaken(handle)) throw new ReplyError("HANDLE_TAKEN");
      const salt = random.bytes(SCRAM_SALT_BYTES);
      const keys = scramKeys(nodeCrypto, await hash(params.password, salt));
      await store.hashSetMany(userKey(userId), {
        handle,
        displayName: displayLine(params.displayName ?? "") || handle,
        createdAt: String(clock.now()),
        verifier: vault.seal(userId, salt, keys),
        authGen: String(FIRST_GENERATION),
      });
      // An index entry without its claim is passed over by a search.
      await store.sortedAdd(
        handlePrefix([...handle].slice(0, PREFIX_LETTERS).join("")),
        directoryScore(handle),
        handle,
      );
      if (await store.setNx(handleKey(handle), userId)) return;
      await store.delete(userKey(userId));
      throw new ReplyError("HANDLE_TAKEN");
    });
    return sessions.create(userId, params.device.name, FIRST_GENERATION);
  }

  /** A claim whose user does not name it is free: the user's record was in a tail that the store lost. */
  async #isTaken(handle: string): Promise<boolean> {
    const { store } = this.#parts;
    const owner = await store.get(handleKey(handle));
    if (owner === null) return false;
    if ((await store.hashGet(userKey(owner), "handle")) === handle) return true;
    // One at a time, or a second one would remove the claim that the first has made meanwhile.
    if (!(await store.setNx(handleRelease(handle), owner, RELEASE_SECONDS))) return true;
    if ((await store.get(handleKey(handle))) !== owner) return true;
    return !(await store.delete(handleKey(handle)));
  }
}
