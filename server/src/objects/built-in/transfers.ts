import { metrics } from "../../metrics.ts";

/** Transfers under way on this node, each with half a megabyte of buffers at worst. */
const TRANSFERS_MAX = 256;
/** Of one address: several people behind one, each with a few files at once. */
const TRANSFERS_PER_ADDRESS = 64;

/** Who transfers how much at once. */
export class Transfers {
  readonly #ofAddress = new Map<string, number>();
  #all = 0;

  /** Answers what ends it, or null when there are too many. */
  enter(address: string): (() => void) | null {
    const own = this.#ofAddress.get(address) ?? 0;
    if (this.#all >= TRANSFERS_MAX || own >= TRANSFERS_PER_ADDRESS) return null;
    this.#all += 1;
    metrics.objectTransfers.add();
    this.#ofAddress.set(address, own + 1);
    let left = false;
    return () => {
      if (left) return;
      left = true;
      this.#all -= 1;
      metrics.objectTransfers.add(-1);
      const others = (this.#ofAddress.get(address) ?? 0) - 1;
      if (others > 0) this.#ofAddress.set(address, others);
      else this.#ofAddress.delete(address);
    };
  }
}
