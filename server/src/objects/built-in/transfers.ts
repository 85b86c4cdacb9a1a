import { metrics } from "../../metrics.ts";

/** Transfers under way on this node, each with a megabyte of buffers at worst. */
const TRANSFERS_MAX = 256;
/** Of one address: several people behind one, each with a few files at once. */
const TRANSFERS_PER_ADDRESS = 64;
/** Of one person: four devices with as many connections as browsers make. */
const TRANSFERS_PER_USER = 24;

/** Who transfers how much at once. */
export class Transfers {
  readonly #addresses = new Places(TRANSFERS_PER_ADDRESS);
  readonly #users = new Places(TRANSFERS_PER_USER);
  #all = 0;

  /** Before anything is known of a request. Answers what ends it, or null when there are too many. */
  enter(address: string): (() => void) | null {
    if (this.#all >= TRANSFERS_MAX) return null;
    const leave = this.#addresses.take(address);
    if (leave === null) return null;
    this.#all += 1;
    metrics.objectTransfers.add();
    return () => {
      leave();
      this.#all -= 1;
      metrics.objectTransfers.add(-1);
    };
  }

  /** Once it is known who asks. */
  enterAs(user: string): (() => void) | null {
    return this.#users.take(user);
  }
}

class Places {
  readonly #max: number;
  readonly #taken = new Map<string, number>();

  constructor(max: number) {
    this.#max = max;
  }

  take(name: string): (() => void) | null {
    const taken = this.#taken.get(name) ?? 0;
    if (taken >= this.#max) return null;
    this.#taken.set(name, taken + 1);
    return () => {
      const left = (this.#taken.get(name) ?? 1) - 1;
      if (left > 0) this.#taken.set(name, left);
      else this.#taken.delete(name);
    };
  }
}
