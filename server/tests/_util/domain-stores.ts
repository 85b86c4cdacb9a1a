import { after, describe } from "node:test";
import { type DomainNode, type DomainNodeOptions, startDomain } from "./domain-node.ts";
import { removeTemporaryFolders, temporaryFolder } from "./folder.ts";
import { MovingClock } from "./moving-clock.ts";
import { passTime } from "./passing-time.ts";
import { startRedis } from "./redis.ts";

export interface DomainStore {
  readonly kind: "embedded" | "redis";
  /** Shared by the nodes; the store's own clock only where the store is embedded. */
  readonly clock: MovingClock;
  /** Where the store is, for who looks into it. */
  location(): Promise<string>;
  /** Sets the clock forward, and waits for the nodes to have found out what happened meanwhile. */
  forward(ms: number): Promise<void>;
  /** A node on the store. Further calls answer further nodes, on the embedded store the only one that it can have. */
  node(options?: Partial<DomainNodeOptions>): Promise<DomainNode>;
}

/** Runs the suite on a fresh store of each kind. Nodes are stopped and stores removed at the end. */
export function onEachStore(suite: (store: DomainStore) => void): void {
  describe("embedded store", () => {
    const clock = new MovingClock();
    const location = temporaryFolder();
    let only: Promise<DomainNode> | null = null;
    suite({
      kind: "embedded",
      clock,
      location: () => location,
      forward: async (ms) => passTime(clock, only === null ? [] : [await only], ms),
      node(options = {}) {
        only ??= location.then((folder) => startDomain({ location: folder, clock, ...options }));
        return only;
      },
    });
    after(async () => {
      await (await only)?.stop();
      await removeTemporaryFolders();
    });
  });

  describe("redis store", () => {
    const clock = new MovingClock();
    const nodes: DomainNode[] = [];
    let server: ReturnType<typeof startRedis> | null = null;
    suite({
      kind: "redis",
      clock,
      async location() {
        server ??= startRedis();
        return (await server).url;
      },
      forward: (ms) => passTime(clock, nodes, ms),
      async node(options = {}) {
        server ??= startRedis();
        const node = await startDomain({ location: (await server).url, clock, ...options });
        nodes.push(node);
        return node;
      },
    });
    after(async () => {
      await Promise.all(nodes.map((node) => node.stop()));
      await (await server)?.stop();
    });
  });
}
