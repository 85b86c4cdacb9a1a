import { type Append, type Appended, type Kv, StoreUnavailable } from "../kv.ts";
import { RedisCommands } from "./commands.ts";

/** A replica, for reading only: what would write is refused, here or by the server. */
export class ReplicaKv extends RedisCommands implements Kv {
  readonly driver = "redis";
  readonly inOrder = false;

  appendOnce(_append: Append): Promise<Appended> {
    return Promise.reject(new StoreUnavailable("A replica takes no messages"));
  }

  appendIf(append: Append): Promise<Appended> {
    return this.appendOnce(append);
  }

  instance(): Promise<string> {
    return Promise.reject(new StoreUnavailable("A replica is no primary"));
  }

  refresh(): void {
    // Every read asks the server.
  }

  async close(): Promise<void> {
    // The connection belongs to whoever lends it.
  }
}
