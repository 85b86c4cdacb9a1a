import assert from "node:assert/strict";
import { test } from "node:test";
import type { Random } from "@parley/protocol";
import { type CopyIntent, type VoidedIntent, voidCopies } from "../src/store/append-once.ts";
import { INTENT_SHARDS, intentShard } from "../src/store/keys.ts";
import type { Append, Appended, Kv } from "../src/store/kv.ts";
import { markOf, VOID_ENTRY } from "../src/store/log-entry.ts";
import { MemoryStore } from "./_util/memory-kv.ts";
import type { Fate } from "./_util/memory-link.ts";
import { SimulatedProcess, seededRandom, VirtualTime } from "./_util/virtual-time.ts";

/**
 * A quarter of these finds an append that claims nothing, does not wait for the winner or not long enough, pushes
 * again, acknowledges late, keeps its own copy or leaves no intent.
 */
const SEEDS = process.env.PARLEY_LONG ? 60_000 : 3_000;
const FIRST_SEED =
  Number(process.env.FIRST ?? 0) || (process.env.PARLEY_FRESH_SEEDS ? Math.floor(Math.random() * 2 ** 31) : 1);

/** Until then everything goes wrong; afterwards the network is well and everybody gets an answer. */
const TROUBLE_MS = 60_000;
const LOG = "c:{chat}:m";

test(`[MSG-1] appendOnce never acknowledges two places, whatever fails (seeds from ${FIRST_SEED})`, async () => {
  for (let seed = FIRST_SEED; seed < FIRST_SEED + SEEDS; seed++) {
    await simulate(seed).catch((error: unknown) => {
      throw new Error(`Seed ${seed} fails: ${error instanceof Error ? error.message : error}`, { cause: error });
    });
  }
});

test("[MSG-1] who stood still between claim and push adds no copy to what another node has pushed", async () => {
  const time = new VirtualTime();
  const memory = new MemoryStore(time);
  const sleeper = new SimulatedProcess(time);
  const prompt: Fate = { thereMs: 1, backMs: 1 };
  const fate = (name: string) => {
    if (name === "hashSetNx") sleeper.stall(9_000);
    return prompt;
  };
  const message = new Message("u:id");
  const first = memory.connect({ clock: sleeper, fate, script: false }).appendOnce(message.append(0, undefined));
  await time.run(100);
  const other = memory.connect({ clock: time, fate: () => prompt, script: false });
  const second = other.appendOnce(message.append(100, undefined));
  await time.run();
  const answers = [await first, await second].map(({ seq, sentAt, duplicate }) => ({ seq, sentAt, duplicate }));
  const place = { seq: 1, sentAt: 100, duplicate: true };
  assert.deepEqual(answers, [place, place]);
  assert.equal(await memory.connect().listLength(LOG), 1);
});

async function simulate(seed: number): Promise<void> {
  const random = seededRandom(seed);
  const world = new World(random);
  const messages = Array.from({ length: 1 + integer(random, 3) }, (_, at) => new Message(`u:id-${at}`));
  for (const message of messages) {
    // Most resend when they hear nothing; some also on a second connection, at the same time.
    for (let sender = 0; sender <= integer(random, 2); sender++) {
      world.time.after(random.fraction() * 5_000, () => void world.send(message));
    }
  }
  await world.time.run(TROUBLE_MS);
  world.end();
  await world.time.run();
  await world.leaderVoidsCopies();
  const log = await world.log();
  for (const message of messages) message.verify(log);
  // Until it was void somebody may have read it.
  const voided = log.flatMap((entry, at) => (entry === VOID_ENTRY ? [at + 1] : []));
  const untold = new Set(await world.voidedIntents());
  assert.deepEqual(
    voided.filter((seq) => !untold.has(seq)),
    [],
    "copies are void of which nobody will be told",
  );
}

/** One message and what nodes answered. */
class Message {
  readonly id: string;
  readonly acknowledged: Appended[] = [];
  /** Who took another's entry for their own would tell everybody what is not in the log. */
  mistaken = 0;

  constructor(id: string) {
    this.id = id;
  }

  append(sentAt: number, knownLength: number | undefined): Append {
    const [sender, clientId] = this.id.split(":");
    return {
      log: LOG,
      bucket: "c:{chat}:d:1",
      bucketTtlSeconds: 30 * 24 * 3600,
      id: this.id,
      entry: JSON.stringify({ sender, clientId, sentAt }),
      sentAt,
      epoch: "1",
      ...(knownLength === undefined ? {} : { knownLength }),
    };
  }

  verify(log: readonly string[]): void {
    assert.equal(this.mistaken, 0, `${this.id} was another's entry, and taken for the own one`);
    const places = new Set(this.acknowledged.map(({ seq, sentAt }) => `${seq} sent at ${sentAt}`));
    assert.equal(places.size, 1, `${this.id} was acknowledged as ${[...places].join(" and ")}`);
    const live = log.flatMap((entry, at) => {
      const mark = markOf(entry, this.id);
      return mark === null ? [] : [`${at + 1} sent at ${mark.sentAt}`];
    });
    assert.deepEqual(live, [...places], `${this.id} is in the log at other places than were acknowledged`);
  }
}

class SimulatedNode {
  readonly process: SimulatedProcess;
  readonly kv: Kv;
  /** The longest that this node has seen the log, or something older, or of a tail that the store has lost since. */
  knownLength: number | undefined;

  constructor(world: World) {
    this.knownLength = world.random.fraction() < 0.1 ? 1 + integer(world.random, 4) : undefined;
    this.process = new SimulatedProcess(world.time);
    this.kv = world.store.connect({
      clock: this.process,
      fate: (name) => world.fate(name, this),
      script: world.random.fraction() < 0.4,
    });
  }
}

class World {
  readonly time = new VirtualTime();
  readonly random: Random;
  readonly store: MemoryStore;
  readonly #nodes: SimulatedNode[];
  /** How often something goes wrong: with too much of it no call gets far enough to be dangerous. */
  readonly #trouble: number;
  #troubled = true;

  constructor(random: Random) {
    this.random = random;
    this.#trouble = random.fraction();
    this.store = new MemoryStore(this.time);
    this.#nodes = Array.from({ length: 2 + integer(random, 3) }, () => new SimulatedNode(this));
  }

  /** As a client does: again and again over any node, until it is told a place. */
  async send(message: Message): Promise<void> {
    const patienceMs = 100 + this.random.fraction() * 10_000;
    for (;;) {
      const answer = await this.#sendOnce(message, patienceMs);
      if (answer === null) continue;
      // Now and then the acknowledgement is lost on its way, and the client goes on.
      if (!this.#troubled || this.random.fraction() < 0.8) return;
    }
  }

  end(): void {
    this.#troubled = false;
  }

  async leaderVoidsCopies(): Promise<void> {
    for (const { kind, args } of await this.#intents()) {
      if (kind === "copy") await voidCopies(this.store.connect(), this.time, args);
    }
  }

  async voidedIntents(): Promise<number[]> {
    return (await this.#intents()).flatMap((intent) => (intent.kind === "voided" ? [intent.args.seq] : []));
  }

  async #intents(): Promise<(CopyIntent | VoidedIntent)[]> {
    const kv = this.store.connect();
    const shards = Array.from({ length: INTENT_SHARDS }, (_, shard) => kv.hashGetAll(intentShard(shard)));
    return (await Promise.all(shards)).flatMap((intents) => Object.values(intents).map((text) => JSON.parse(text)));
  }

  log(): Promise<string[]> {
    return this.store.connect().listRange(LOG, 0, Number.MAX_SAFE_INTEGER);
  }

  /** Of a command of the node; the node itself may stall or die just when it has sent it. */
  fate(name: string, node: SimulatedNode): Fate {
    if (!this.#troubled) return { thereMs: 1, backMs: 1 };
    const lot = this.random.fraction() / this.#trouble;
    if (lot < 0.05) node.process.stall(this.random.fraction() * 12_000);
    else if (lot < 0.06) this.#crash(node);
    return { thereMs: this.#delay(name), backMs: this.#delay(name) };
  }

  /** Null when the node refuses, crashes or does not answer in time. */
  #sendOnce(message: Message, patienceMs: number): Promise<Appended | null> {
    return new Promise((resolve) => {
      const node = pick(this.random, this.#nodes);
      const cancel = this.time.after(patienceMs, () => resolve(null));
      const settle = (answer: Appended | null) => {
        cancel();
        // A moment later, so that a node that refuses at once is not asked for ever in one instant.
        this.time.after(50, () => resolve(answer));
      };
      const append = message.append(this.time.now(), node.knownLength);
      node.kv.appendOnce(append).then(
        (answer) => {
          if (this.random.fraction() < 0.7) node.knownLength = Math.max(node.knownLength ?? 0, answer.seq);
          // A process that stalls or dies now tells its client later or never.
          node.process.after(0, () => {
            // Counts even when this client no longer waits: another would have.
            message.acknowledged.push(answer);
            if (!answer.duplicate && answer.sentAt !== append.sentAt) message.mistaken += 1;
            settle(answer);
          });
        },
        (e) => {
          if (process.env.TRACE) console.log(this.time.now(), message.id, e.message);
          node.process.after(0, () => settle(null));
        },
      );
    });
  }

  #delay(name: string): number {
    const lot = this.random.fraction() / this.#trouble;
    if (lot < 0.04) return Infinity;
    // Pushes are what a late arrival is worst for.
    if (lot < (name === "listPush" ? 0.3 : 0.1)) return this.random.fraction() * 25_000;
    return this.random.fraction() * 20;
  }

  #crash(node: SimulatedNode): void {
    node.process.crash();
    const at = this.#nodes.indexOf(node);
    if (at !== -1) this.#nodes[at] = new SimulatedNode(this);
  }
}

function integer(random: Random, below: number): number {
  return Math.floor(random.fraction() * below);
}

function pick<T>(random: Random, from: readonly T[]): T {
  return from[integer(random, from.length)] as T;
}
