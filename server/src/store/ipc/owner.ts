import type { Pipe } from "../../pipe.ts";
import type { Kv } from "../kv.ts";
import { callStore, isForwarded, STORE_TOPIC, type StoreCall } from "./calls.ts";

/** Does for the process at the other end what it may not do by itself. */
export function serveStore(store: Kv, pipe: Pipe): void {
  pipe.onAsk(STORE_TOPIC, (body) => {
    const [method, args] = body as StoreCall;
    if (!isForwarded(method)) throw new TypeError("The store has no such method");
    return callStore(store, method, args);
  });
}
