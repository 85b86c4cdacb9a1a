import { timingSafeEqual } from "node:crypto";
import type { Random, UserId } from "@parley/protocol";
import { Sealer } from "../../identity/sealed.ts";
import { OWNER, OWNER_CODE } from "../../store/keys.ts";
import type { Kv } from "../../store/kv.ts";
import { newId } from "../ids.ts";
import { serverOwner, takeServer } from "./names.ts";

/** Which account runs this server. The first one to show the code that only the operator can read. */
export class Ownership {
  readonly #store: Kv;
  readonly #random: Random;
  readonly #sealer: Sealer;

  constructor(store: Kv, random: Random, deploymentSecret: Uint8Array) {
    this.#store = store;
    this.#random = random;
    this.#sealer = new Sealer(deploymentSecret, "owner code");
  }

  async isClaimed(): Promise<boolean> {
    return (await serverOwner(this.#store)) !== null;
  }

  /** Null while nobody is. */
  owner(): Promise<UserId | null> {
    return serverOwner(this.#store);
  }

  async isOwner(userId: UserId): Promise<boolean> {
    return (await this.#store.get(OWNER)) === userId;
  }

  /** The code while nobody owns the server, the same at every start and on every node; null afterwards. */
  async code(): Promise<string | null> {
    if (await this.isClaimed()) {
      await this.#store.delete(OWNER_CODE);
      return null;
    }
    const fresh = newId(this.#random);
    if (await this.#store.setNx(OWNER_CODE, this.#sealer.seal(Buffer.from(fresh)))) return fresh;
    return this.#read();
  }

  /** Whether this is the code, and nobody has used it. */
  async opens(code: string): Promise<boolean> {
    const known = await this.#read();
    const [given, right] = [Buffer.from(code), Buffer.from(known ?? "")];
    const equal = known !== null && given.length === right.length && timingSafeEqual(given, right);
    return equal && !(await this.isClaimed());
  }

  /** True for one account: the code is worth nothing from now on. */
  async take(userId: UserId): Promise<boolean> {
    if (!(await takeServer(this.#store, userId))) return false;
    await this.#store.delete(OWNER_CODE);
    return true;
  }

  async #read(): Promise<string | null> {
    const sealed = await this.#store.get(OWNER_CODE);
    const opened = sealed === null ? null : this.#sealer.open(sealed);
    return opened === null ? null : Buffer.from(opened).toString();
  }
}
