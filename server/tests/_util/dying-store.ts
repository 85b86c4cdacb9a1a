import { type Kv, StoreUnavailable } from "../../src/store/kv.ts";

const WRITES: ReadonlySet<string> = new Set<keyof Kv>([
  "set",
  "setNx",
  "delete",
  "expire",
  "increment",
  "hashSet",
  "hashSetMany",
  "hashSetNx",
  "hashDelete",
  "hashIncrement",
  "listPush",
  "listSet",
  "setAdd",
  "setRemove",
  "sortedAdd",
  "sortedRemove",
  "sortedRemoveRange",
  "appendOnce",
  "appendIf",
]);

/** What a node that dies sees of its store: after a number of further writes nothing reaches it any more. */
export class DyingStore {
  #writesLeft = Number.POSITIVE_INFINITY;

  dieAfter(writes: number): void {
    this.#writesLeft = writes;
  }

  get isDead(): boolean {
    return this.#writesLeft < 0;
  }

  wrap(kv: Kv): Kv {
    return new Proxy(kv, {
      get: (target, name) => {
        const value = Reflect.get(target, name);
        if (typeof value !== "function" || name === "refresh" || name === "close") return value;
        return (...args: unknown[]) => {
          if (WRITES.has(String(name))) this.#writesLeft -= 1;
          if (this.isDead) return String(name).endsWith("Scan") ? deadScan() : dead();
          return value.apply(target, args);
        };
      },
    });
  }
}

async function dead(): Promise<never> {
  throw new StoreUnavailable("The node is dead");
}

/** A scan answers no promise: it fails when somebody iterates. */
async function* deadScan(): AsyncGenerator<never> {
  yield await dead();
}
