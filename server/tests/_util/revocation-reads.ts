import { revokedOn } from "../../src/store/keys.ts";
import type { Kv } from "../../src/store/kv.ts";

const PREFIX = revokedOn("");

/** Whether a node is just reading who was revoked. */
export class RevocationReads {
  #unanswered = 0;

  get areGoingOn(): boolean {
    return this.#unanswered > 0;
  }

  /** The store as the node is to use it. */
  watch(kv: Kv): Kv {
    return new Proxy(kv, {
      get: (target, name) => {
        const value = Reflect.get(target, name);
        if (typeof value !== "function") return value;
        if (name !== "listRange" && name !== "listLength") return value.bind(target);
        return async (...args: unknown[]) => {
          const counts = String(args[0]).startsWith(PREFIX);
          if (counts) this.#unanswered += 1;
          try {
            return await value.apply(target, args);
          } finally {
            if (counts) this.#unanswered -= 1;
          }
        };
      },
    });
  }
}
