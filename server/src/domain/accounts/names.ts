import type { UserId } from "@parley/protocol";
import { emailKey, emailRelease, handleKey, handleRelease, OWNER, OWNER_RELEASE, userKey } from "../../store/keys.ts";
import type { Kv } from "../../store/kv.ts";
import { emailForm } from "./email.ts";

/** No user has this id. */
const NOBODY = "unknown";

/** Longer than a command to the store can be under way. */
const RELEASE_SECONDS = 30;

/** A name that one user may have. The user's record names it first, the claim comes second: see `isTaken`. */
export interface NameKind {
  /** Field of the user's record with the name. */
  readonly field: "handle" | "email";
  /** Field with the name that the user is about to have, whose claim stands meanwhile. */
  readonly next: "nextHandle" | "nextEmail";
  /** The form in which two of them are the same. */
  form(name: string): string;
  claim(name: string): string;
  release(name: string): string;
}

export const HANDLE: NameKind = {
  field: "handle",
  next: "nextHandle",
  form: (handle) => handle,
  claim: handleKey,
  release: handleRelease,
};

export const EMAIL: NameKind = {
  field: "email",
  next: "nextEmail",
  form: emailForm,
  claim: (email) => emailKey(emailForm(email)),
  release: (email) => emailRelease(emailForm(email)),
};

/** Claims on names: keys that hold the uid of who has the name, each made by SET NX. */
export class Names {
  readonly #store: Kv;

  constructor(store: Kv) {
    this.#store = store;
  }

  /**
   * Who has the name; null for a claim that nobody stands behind. Names that nobody has take the same steps at the
   * store, so that the time tells nothing.
   */
  async ownerOf(kind: NameKind, name: string): Promise<UserId | null> {
    const owner = await this.#store.get(kind.claim(name));
    const stands = await this.#stands(kind, name, owner ?? NOBODY);
    return owner !== null && stands ? owner : null;
  }

  /**
   * A claim whose user does not name it is free, and freed: the user's record was in a tail that the store lost, or names
   * another one by now.
   */
  isTaken(kind: NameKind, name: string): Promise<boolean> {
    const keys = { claim: kind.claim(name), release: kind.release(name) };
    return isClaimed(this.#store, keys, (owner) => this.#stands(kind, name, owner));
  }

  /** True when the user has it, from now on or already. The user's record must name it. */
  async take(kind: NameKind, name: string, userId: UserId): Promise<boolean> {
    if (await this.#store.setNx(kind.claim(name), userId)) return true;
    return (await this.#store.get(kind.claim(name))) === userId;
  }

  /** Only while the user's record names it: nobody else can have claimed it then. */
  async giveUp(kind: NameKind, name: string): Promise<void> {
    await this.#store.delete(kind.claim(name));
  }

  async #stands(kind: NameKind, name: string, owner: UserId): Promise<boolean> {
    const named = await this.#store.hashGetMany(userKey(owner), [kind.field, kind.next]);
    return named.some((one) => one !== null && kind.form(one) === kind.form(name));
  }
}

/** The owner of the server: a claim like a name, on which only somebody with an account can stand. */
export async function serverOwner(store: Kv): Promise<UserId | null> {
  const owner = await store.get(OWNER);
  return owner !== null && (await hasAccount(store, owner)) ? owner : null;
}

export async function takeServer(store: Kv, userId: UserId): Promise<boolean> {
  const keys = { claim: OWNER, release: OWNER_RELEASE };
  if (await isClaimed(store, keys, (owner) => hasAccount(store, owner))) return (await store.get(OWNER)) === userId;
  return (await store.setNx(OWNER, userId)) || (await store.get(OWNER)) === userId;
}

async function hasAccount(store: Kv, userId: UserId): Promise<boolean> {
  const handle = await store.hashGet(userKey(userId), HANDLE.field);
  return handle !== null && handle !== "";
}

async function isClaimed(
  store: Kv,
  keys: { readonly claim: string; readonly release: string },
  stands: (owner: UserId) => Promise<boolean>,
): Promise<boolean> {
  const owner = await store.get(keys.claim);
  if (owner === null) return false;
  if (await stands(owner)) return true;
  // One at a time, or a second one would remove the claim that the first has made meanwhile.
  if (!(await store.setNx(keys.release, owner, RELEASE_SECONDS))) return true;
  if ((await store.get(keys.claim)) !== owner) return true;
  return !(await store.delete(keys.claim));
}
