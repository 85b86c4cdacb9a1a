import { type DomainNode, startDomain } from "./domain-node.ts";
import type { DomainPeer } from "./domain-peer.ts";
import type { DyingStore } from "./dying-store.ts";
import { temporaryFolder } from "./folder.ts";
import type { MovingClock } from "./moving-clock.ts";

/** Nodes that follow one another over one store, as they die, and the people who sign in at each. */
export class Heirs {
  /** What all of them share; it is looked at between two nodes. */
  readonly store: DomainNode["store"];
  readonly #first: DomainNode;
  readonly #setting: Setting;
  readonly #tokens: readonly string[];

  private constructor(first: DomainNode, setting: Setting, tokens: readonly string[]) {
    this.store = first.store;
    this.#first = first;
    this.#setting = setting;
    this.#tokens = tokens;
  }

  static async start(handles: readonly string[], clock?: MovingClock): Promise<Heirs> {
    const setting = { location: await temporaryFolder(), ...(clock === undefined ? {} : { clock }) };
    const first = await startDomain(setting);
    const tokens = await Promise.all(
      handles.map(async (handle) => {
        const account = { handle, password: "k7-quiet-harbour", device: { name: "test" } };
        return (await first.connect().call("auth.register", account)).token;
      }),
    );
    // Only its store goes on: its timekeeper would do what the nodes of the test are to do.
    await first.services.dispose();
    return new Heirs(first, setting, tokens);
  }

  /** The next node, and the people at it in the order of their handles. */
  async next(dying?: DyingStore): Promise<{ readonly node: DomainNode; readonly peers: DomainPeer[] }> {
    const wrap = dying === undefined ? {} : { wrapStore: (kv: DomainNode["store"]) => dying.wrap(kv) };
    const node = await startDomain({ ...this.#setting, inPlaceOf: this.#first, ...wrap });
    const peers = await Promise.all(
      this.#tokens.map(async (token) => {
        const peer = node.connect();
        await peer.call("auth.resume", { token });
        return peer;
      }),
    );
    return { node, peers };
  }

  /** Those that a test that failed did not come to end. */
  async end(): Promise<void> {
    await this.#first.endHeirs();
  }

  async stop(): Promise<void> {
    await this.#first.stop();
  }
}

interface Setting {
  readonly location: string;
  readonly clock?: MovingClock;
}
