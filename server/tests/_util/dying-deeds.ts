import assert from "node:assert/strict";
import { chatsOf, findMember, hasChat } from "../../src/records/membership.ts";
import { chatLog, INTENT_SHARDS, intentShard } from "../../src/store/keys.ts";
import { type DomainNode, startDomain } from "./domain-node.ts";
import type { DomainPeer } from "./domain-peer.ts";
import { DyingStore } from "./dying-store.ts";
import { temporaryFolder } from "./folder.ts";

/** More writes than any of the deeds takes. */
const WRITES_MAX = 60;

/** A node, and the three people connected to it. */
export interface Cast {
  readonly node: DomainNode;
  readonly owner: DomainPeer;
  readonly bob: DomainPeer;
  readonly carol: DomainPeer;
}

/** Deeds over one store, by nodes that may die at any write, and what the store has of them. */
export class DyingDeeds {
  readonly location: string;
  /** Its store is looked at between two nodes. */
  readonly first: DomainNode;
  /** Of owner, bob and carol. */
  readonly tokens: readonly string[];

  private constructor(location: string, first: DomainNode, tokens: readonly string[]) {
    this.location = location;
    this.first = first;
    this.tokens = tokens;
  }

  static async start(): Promise<DyingDeeds> {
    const location = await temporaryFolder();
    const first = await startDomain({ location });
    const device = { name: "test" };
    const tokens = await Promise.all(
      ["owner", "bobby", "carol"].map(async (handle) => {
        const answer = await first.connect().call("auth.register", { handle, password: "k7-quiet-harbour", device });
        return answer.token;
      }),
    );
    return new DyingDeeds(location, first, tokens);
  }

  /** Those that a test that failed did not come to end. */
  async end(): Promise<void> {
    await this.first.endHeirs();
  }

  async stop(): Promise<void> {
    await this.first.stop();
  }

  /** A node on the same store, and the three people connected to it. */
  async enter(dying?: DyingStore): Promise<Cast> {
    const wrap = dying === undefined ? {} : { wrapStore: (kv: DomainNode["store"]) => dying.wrap(kv) };
    const node = await startDomain({ location: this.location, inPlaceOf: this.first, ...wrap });
    const [owner, bob, carol] = await Promise.all(
      this.tokens.map(async (token) => {
        const peer = node.connect();
        await peer.call("auth.resume", { token });
        return peer;
      }),
    );
    if (owner === undefined || bob === undefined || carol === undefined) throw new Error("Three people");
    await Promise.all([owner, bob, carol].map((peer) => node.services.hub.ready(peer)));
    return { node, owner, bob, carol };
  }

  /**
   * The node dies before each of the deed's writes in turn; two others start at once, replay it over each other, as two
   * leaders do who overlap, and have to make it whole once (NODE-7).
   */
  async dieAtEveryWrite(
    deed: (cast: Cast) => Promise<() => Promise<unknown>>,
    check: (cast: Cast, told: boolean) => Promise<void>,
  ): Promise<void> {
    for (let writes = 0; writes < WRITES_MAX; writes += 1) {
      const dying = new DyingStore();
      const cast = await this.enter(dying);
      const run = await deed(cast);
      dying.dieAfter(writes);
      const told = await run().then(
        () => true,
        () => false,
      );
      const survived = !dying.isDead;
      dying.dieAfter(0);
      await cast.node.services.dispose().catch(() => {});
      const [next, overlapping] = await Promise.all([this.enter(), this.enter()]);
      await check(next, told);
      assert.deepEqual(await this.unfinished(), [], `after ${writes} writes`);
      await Promise.all([next.node.stop(), overlapping.node.stop()]);
      if (survived) return;
    }
    assert.fail("The deed takes more writes than are tried");
  }

  /** Kinds of intents that are left; those of edits are kept for a while on purpose. */
  async unfinished(): Promise<string[]> {
    const { store } = this.first;
    const shards = Array.from({ length: INTENT_SHARDS }, (_, shard) => store.hashGetAll(intentShard(shard)));
    const texts = (await Promise.all(shards)).flatMap((intents) => Object.values(intents));
    return texts.map((text) => (JSON.parse(text) as { kind: string }).kind).filter((kind) => kind !== "edit");
  }

  async chatIds(peer: DomainPeer): Promise<string[]> {
    return (await chatsOf(this.first.store, peer.userId)).map(({ chatId }) => chatId).sort();
  }

  log(chatId: string): Promise<string[]> {
    return this.first.store.listRange(chatLog(chatId), 0, 100);
  }

  /** Both indexes say the same about everybody, and the people see it. */
  async isMember({ node }: Cast, peer: DomainPeer, chatId: string): Promise<boolean> {
    const [member, listed] = await Promise.all([
      findMember(node.store, chatId, peer.userId),
      hasChat(node.store, peer.userId, chatId),
    ]);
    assert.equal(member !== null, listed);
    return listed;
  }
}
